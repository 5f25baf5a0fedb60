// File: calls.h
// Calls in the database, and the numbers of references.

#ifndef SCHARNIER_SERVICES_PROPOSALS_STORE_CALLS_H_
#define SCHARNIER_SERVICES_PROPOSALS_STORE_CALLS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/tx.h"
#include "scharnier/proposals/v1/call.pb.h"

namespace scharnier::proposals::store {

// Inserts a call, which has its name; returns it as stored. Errors: ALREADY_EXISTS
// REFERENCE_PREFIX_TAKEN.
absl::StatusOr<v1::Call> InsertCall(db::Tx& tx, const v1::Call& call, absl::Time now);
// Locks the call's row. Errors: NOT_FOUND RESOURCE_NOT_FOUND.
absl::StatusOr<v1::Call> LockCall(db::Tx& tx, const std::string& id);
// Saves a locked call; returns it as stored, with its new etag. Errors: as InsertCall.
absl::StatusOr<v1::Call> SaveCall(db::Tx& tx, const v1::Call& call, absl::Time now);
// Errors: NOT_FOUND RESOURCE_NOT_FOUND, also for a draft when `drafts` is false.
absl::StatusOr<v1::Call> GetCall(db::Tx& tx, const std::string& id, bool drafts);
// As GetCall, for a mutation that judges by the call: it stays as it is until the transaction ends.
// Whoever locks a proposal as well does so before.
absl::StatusOr<v1::Call> ShareCall(db::Tx& tx, const std::string& id, bool drafts);
// Whether an idea or a proposal was ever submitted to the call. Under the call's lock none is
// added.
absl::StatusOr<bool> WasSubmittedTo(db::Tx& tx, const std::string& id);

struct CallQuery {
  bool drafts = false;
  std::optional<std::string> after;  // the last call's id
  std::optional<int> state, region;
  int limit = 0;
};
// Newest first.
absl::StatusOr<std::vector<v1::Call>> ListCalls(db::Tx& tx, const CallQuery& query);

// The ids of organisations that an amendment of a call touches, ascending, after `after`.
absl::StatusOr<std::vector<std::string>> ListInvolvedOrganisations(
    db::Tx& tx, const std::string& call, const std::optional<std::string>& after, int limit);

// A reference that nobody else gets: "RECO22-0041".
absl::StatusOr<std::string> NextReference(db::Tx& tx, const std::string& prefix);

}  // namespace scharnier::proposals::store

#endif  // SCHARNIER_SERVICES_PROPOSALS_STORE_CALLS_H_
