#include "services/notifications/facts.h"

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/errors/errors.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/notifications/call_facts.h"
#include "services/notifications/mandate_facts.h"
#include "services/notifications/proposal_facts.h"
#include "services/notifications/registration_facts.h"

namespace scharnier::notifications {

ReadFacts FactsFrom(Sources& sources, const Links& links) {
  return [&sources, &links](const runtime::Context& ctx,
                            const v1::Message& message) -> absl::StatusOr<Facts> {
    switch (message.purpose()) {
      case v1::PURPOSE_REGISTRATION_CONFIRMED:
      case v1::PURPOSE_REGISTRATION_WAITLISTED:
      case v1::PURPOSE_REGISTRATION_PROMOTED:
      case v1::PURPOSE_REGISTRATION_CANCELLED:
        return ReadRegistration(sources, links, ctx, message);
      case v1::PURPOSE_CALL_PUBLISHED:
      case v1::PURPOSE_CALL_AMENDED:
        return ReadCall(sources, ctx, message);
      case v1::PURPOSE_IDEA_RECEIVED:
        return ReadIdea(sources, ctx, message);
      case v1::PURPOSE_PARTNER_INVITED:
      case v1::PURPOSE_INVITATION_WITHDRAWN:
      case v1::PURPOSE_INVITATION_ACCEPTED:
      case v1::PURPOSE_INVITATION_DECLINED:
        return ReadInvitation(sources, links, ctx, message);
      case v1::PURPOSE_PROPOSAL_SUBMITTED:
        return ReadReceipt(sources, ctx, message);
      case v1::PURPOSE_MANDATE_OFFERED:
        return ReadMandate(sources, links, ctx, message);
      default:
        return errors::Error(types::v1::ERROR_REASON_INTERNAL_FAULT,
                             "nothing is known of messages of this purpose");
    }
  };
}

std::string OneLine(absl::string_view text) {
  return absl::StrJoin(absl::StrSplit(text, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty()), " ");
}

}  // namespace scharnier::notifications
