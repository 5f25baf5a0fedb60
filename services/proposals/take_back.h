// File: take_back.h
// Taking an invitation back that was not answered.

#ifndef SCHARNIER_SERVICES_PROPOSALS_TAKE_BACK_H_
#define SCHARNIER_SERVICES_PROPOSALS_TAKE_BACK_H_

#include <string>

#include "absl/status/status.h"
#include "common/db/tx.h"
#include "common/runtime/context.h"
#include "common/runtime/keyring.h"

namespace scharnier::proposals {

// Withdraws the invitation of that name, in the transaction that holds its proposal's lock, and
// tells the organisation so.
absl::Status TakeBack(db::Tx& tx, const runtime::Keyring& keyring, const runtime::Context& ctx,
                      const std::string& request_id, const std::string& invitation);

}  // namespace scharnier::proposals

#endif  // SCHARNIER_SERVICES_PROPOSALS_TAKE_BACK_H_
