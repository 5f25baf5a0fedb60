// File: proposals.h
// Proposals in the database: the copy that is worked on, and what was submitted last.

#ifndef SCHARNIER_SERVICES_PROPOSALS_STORE_PROPOSALS_H_
#define SCHARNIER_SERVICES_PROPOSALS_STORE_PROPOSALS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/tx.h"
#include "common/runtime/keyring.h"
#include "scharnier/proposals/v1/proposal.pb.h"
#include "services/proposals/rules/access.h"
#include "services/proposals/rules/merge.h"

namespace scharnier::proposals::store {

// Inserts a proposal, which has its name; returns it as stored.
absl::StatusOr<v1::Proposal> InsertProposal(db::Tx& tx, const runtime::Keyring& keyring,
                                            const v1::Proposal& proposal, absl::Time now);

// A proposal whose row is locked.
struct LockedProposal {
  v1::Proposal proposal;
  rules::Touched touched;
};
// Locks the row, for a change by who acts for one of `organisations`, which has to be an author, or
// who may answer for the organisation named by `invited`. Errors: NOT_FOUND RESOURCE_NOT_FOUND,
// also for everybody else; nothing is locked then.
absl::StatusOr<LockedProposal> LockProposal(db::Tx& tx, const runtime::Keyring& keyring,
                                            const std::string& id,
                                            const std::vector<std::string>& organisations,
                                            const std::optional<std::string>& invited = {});
// The same without a lock, for authors. Errors: NOT_FOUND RESOURCE_NOT_FOUND.
absl::StatusOr<v1::Proposal> GetCurrent(db::Tx& tx, const runtime::Keyring& keyring,
                                        const std::string& id,
                                        const std::vector<std::string>& organisations);
// Saves a locked proposal; returns it as stored, with its new etag.
absl::StatusOr<v1::Proposal> SaveProposal(db::Tx& tx, const runtime::Keyring& keyring,
                                          const LockedProposal& locked, absl::Time now);

// Errors: NOT_FOUND RESOURCE_NOT_FOUND, also where the viewer may not see it.
absl::StatusOr<v1::Proposal> GetWorkingCopy(db::Tx& tx, const runtime::Keyring& keyring,
                                            const std::string& id, const rules::Viewer& viewer);
// What was submitted last, in the state that the proposal is in, without an etag. For viewers for
// whom all proposals exist. Errors: NOT_FOUND RESOURCE_NOT_FOUND, also where nothing was submitted.
absl::StatusOr<v1::Proposal> GetSubmitted(db::Tx& tx, const runtime::Keyring& keyring,
                                          const std::string& id, const rules::Viewer& viewer);

struct ProposalQuery {
  rules::Viewer viewer;
  std::optional<std::string> after;              // the last proposal's id
  std::optional<std::string> call, track, lead;  // ids
  std::optional<int> state;
  int limit = 0;
};
// Newest first, without answers; as GetWorkingCopy and GetSubmitted.
absl::StatusOr<std::vector<v1::Proposal>> ListWorkingCopies(db::Tx& tx, const ProposalQuery& query);
absl::StatusOr<std::vector<v1::Proposal>> ListSubmitted(db::Tx& tx, const ProposalQuery& query);

}  // namespace scharnier::proposals::store

#endif  // SCHARNIER_SERVICES_PROPOSALS_STORE_PROPOSALS_H_
