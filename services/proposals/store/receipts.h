// File: receipts.h
// What was submitted of proposals, version by version, and the receipts for it. Nothing here ever
// changes.

#ifndef SCHARNIER_SERVICES_PROPOSALS_STORE_RECEIPTS_H_
#define SCHARNIER_SERVICES_PROPOSALS_STORE_RECEIPTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/tx.h"
#include "common/runtime/keyring.h"
#include "scharnier/proposals/v1/proposal.pb.h"

namespace scharnier::proposals::store {

// Keeps a submitted proposal, as it was just stored, as its version, with its digest.
absl::Status InsertVersion(db::Tx& tx, const runtime::Keyring& keyring, v1::Proposal proposal);
// Names the row that keeps a version.
std::string VersionRow(const std::string& proposal_id, int number);

// A person is an author of the proposal; nullopt sees all.
// Errors: NOT_FOUND RESOURCE_NOT_FOUND, also where the person may not see it.
absl::StatusOr<v1::Receipt> GetReceipt(db::Tx& tx, const std::string& proposal_id, int number,
                                       const std::optional<std::vector<std::string>>& keys);

struct ReceiptQuery {
  std::string proposal_id;
  std::optional<std::vector<std::string>> keys;
  int after = 0;  // the last receipt's number
  int limit = 0;
};
// Oldest first.
absl::StatusOr<std::vector<v1::Receipt>> ListReceipts(db::Tx& tx, const ReceiptQuery& query);

}  // namespace scharnier::proposals::store

#endif  // SCHARNIER_SERVICES_PROPOSALS_STORE_RECEIPTS_H_
