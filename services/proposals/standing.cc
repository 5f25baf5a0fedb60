#include "services/proposals/standing.h"

#include <algorithm>

#include "common/directory/directory.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/rpc/names.h"
#include "services/proposals/rules/access.h"
#include "services/proposals/rules/track.h"
#include "services/proposals/store/calls.h"

namespace scharnier::proposals {

absl::Status CheckMandate(db::Tx& tx, const runtime::Context& ctx,
                          const std::vector<std::string>& organisations, rules::Role needed) {
  std::vector<directory::MandateQuestion> questions;
  for (const std::string& organisation : organisations) {
    questions.push_back({ctx.caller().subject, organisation});
  }
  ASSIGN_OR_RETURN(const auto roles, directory::FindMandates(tx, questions));
  return rules::CheckMandate(*std::max_element(roles.begin(), roles.end()), needed,
                             organisations[0]);
}

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
