#include "services/notifications/rules/purposes.h"

#include <algorithm>

namespace scharnier::notifications::rules {
namespace {

using organisations::v1::Organisation;

struct Rule {
  absl::string_view change_type;
  v1::Purpose purpose;
};

constexpr Rule kRules[] = {
    {"scharnier.events.v1.registration.confirmed", v1::PURPOSE_REGISTRATION_CONFIRMED},
    {"scharnier.events.v1.registration.waitlisted", v1::PURPOSE_REGISTRATION_WAITLISTED},
    {"scharnier.events.v1.registration.promoted", v1::PURPOSE_REGISTRATION_PROMOTED},
    {"scharnier.events.v1.registration.cancelled", v1::PURPOSE_REGISTRATION_CANCELLED},
    {"scharnier.proposals.v1.call.published", v1::PURPOSE_CALL_PUBLISHED},
    {"scharnier.proposals.v1.call.amended", v1::PURPOSE_CALL_AMENDED},
    {"scharnier.proposals.v1.idea.received", v1::PURPOSE_IDEA_RECEIVED},
    {"scharnier.proposals.v1.invitation.sent", v1::PURPOSE_PARTNER_INVITED},
    {"scharnier.proposals.v1.invitation.withdrawn", v1::PURPOSE_INVITATION_WITHDRAWN},
    {"scharnier.proposals.v1.invitation.accepted", v1::PURPOSE_INVITATION_ACCEPTED},
    {"scharnier.proposals.v1.invitation.declined", v1::PURPOSE_INVITATION_DECLINED},
    {"scharnier.proposals.v1.proposal.submitted", v1::PURPOSE_PROPOSAL_SUBMITTED},
    {"scharnier.organisations.v1.mandate.invited", v1::PURPOSE_MANDATE_OFFERED},
};

using Enums = google::protobuf::RepeatedField<int>;

bool IsIn(const Enums& wanted, int value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

bool Admit(const Enums& regions, const Enums& kinds, const Organisation& organisation) {
  return IsIn(kinds, organisation.kind()) &&
         std::any_of(organisation.regions().begin(), organisation.regions().end(),
                     [&](int region) { return IsIn(regions, region); });
}

}  // namespace

std::optional<v1::Purpose> PurposeOf(absl::string_view change_type) {
  for (const Rule& rule : kRules) {
    if (rule.change_type == change_type) {
      return rule.purpose;
    }
  }
  return std::nullopt;
}

bool IsFor(const proposals::v1::Call& call, const Organisation& organisation) {
  if (organisation.state() != Organisation::STATE_ACTIVE) {
    return false;
  }
  if (call.tracks().empty()) {
    return Admit(call.regions(), call.kinds(), organisation);
  }
  return std::any_of(call.tracks().begin(), call.tracks().end(), [&](const auto& track) {
    return Admit(track.regions().empty() ? call.regions() : track.regions(),
                 track.kinds().empty() ? call.kinds() : track.kinds(), organisation);
  });
}

}  // namespace scharnier::notifications::rules
