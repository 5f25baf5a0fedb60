#include "services/proposals/standing.h"

#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/rpc/names.h"
#include "services/proposals/rules/access.h"
#include "services/proposals/rules/track.h"
#include "services/proposals/store/calls.h"

namespace scharnier::proposals {

absl::StatusOr<Place> FindPlace(db::Tx& tx, const runtime::Context& ctx, const std::string& track) {
  auto call = store::ShareCall(tx, rpc::NameIds(track)[0], rules::SeesDrafts(ctx.caller()));
  if (absl::IsNotFound(call.status())) {
    return errors::AddMetadata(call.status(), "name", track);
  }
  RETURN_IF_ERROR(call.status());
  ASSIGN_OR_RETURN(auto found, rules::FindTrack(*call, track));
  return Place{*std::move(call), std::move(found)};
}

}  // namespace scharnier::proposals
