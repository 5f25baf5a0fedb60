// File: standing.h
// What a mutation has to know before it judges: on which track of which call it acts.

#ifndef SCHARNIER_SERVICES_PROPOSALS_STANDING_H_
#define SCHARNIER_SERVICES_PROPOSALS_STANDING_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/db/tx.h"
#include "common/runtime/context.h"
#include "scharnier/proposals/v1/call.pb.h"

namespace scharnier::proposals {

// A track and its call, as far as they exist for the caller; the call stays as it is until the
// transaction ends. Errors: NOT_FOUND RESOURCE_NOT_FOUND.
struct Place {
  v1::Call call;
  v1::Track track;
};
absl::StatusOr<Place> FindPlace(db::Tx& tx, const runtime::Context& ctx, const std::string& track);

}  // namespace scharnier::proposals

#endif  // SCHARNIER_SERVICES_PROPOSALS_STANDING_H_
