// File: standing.h
// What a mutation has to know before it judges: how far the caller may act, and on which track.

#ifndef SCHARNIER_SERVICES_PROPOSALS_STANDING_H_
#define SCHARNIER_SERVICES_PROPOSALS_STANDING_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/tx.h"
#include "common/runtime/context.h"
#include "scharnier/proposals/v1/call.pb.h"
#include "services/proposals/rules/mandate.h"

namespace scharnier::proposals {

// Whether a person may act so far for one of these organisations. Errors: PERMISSION_DENIED
// MANDATE_NEEDED, which names the first.
absl::Status CheckMandate(db::Tx& tx, const runtime::Context& ctx,
                          const std::vector<std::string>& organisations, rules::Role needed);

// A track and its call, as far as they exist for the caller; the call stays as it is until the
// transaction ends. Errors: NOT_FOUND RESOURCE_NOT_FOUND.
struct Place {
  v1::Call call;
  v1::Track track;
};
absl::StatusOr<Place> FindPlace(db::Tx& tx, const runtime::Context& ctx, const std::string& track);

}  // namespace scharnier::proposals

#endif  // SCHARNIER_SERVICES_PROPOSALS_STANDING_H_
