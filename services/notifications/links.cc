#include "services/notifications/links.h"

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "common/identity/action_token.h"
#include "common/types/timestamp.h"
#include "scharnier/identity/v1/action_token.pb.h"

namespace scharnier::notifications {
namespace {

using identity::v1::ActionToken;

constexpr char kToken[] = "{token}";
constexpr char kRegistrant[] = "people/0";
constexpr absl::Duration kRegistration = absl::Hours(180 * 24);
constexpr absl::Duration kInvitation = absl::Hours(60 * 24);

ActionToken TokenFor(ActionToken::Purpose purpose, const std::string& resource,
                     const std::string& holder) {
  ActionToken token;
  token.set_purpose(purpose);
  token.set_resource(resource);
  token.set_holder(holder);
  return token;
}

}  // namespace

absl::Status CheckLinkTemplate(absl::string_view text) {
  // What stands behind a # is sent to no server, and so in nobody's log.
  const size_t fragment = text.find('#');
  if (absl::StartsWith(text, "https://") && fragment != absl::string_view::npos &&
      absl::StrContains(text.substr(fragment), kToken)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("has to begin with https:// and to contain {token} after a #");
}

Link Links::ToRegistration(const events::v1::Registration& registration,
                           absl::string_view recipient) const {
  if (recipient != kRegistrant ||
      registration.state() == events::v1::Registration::STATE_CANCELLED) {
    return {};
  }
  ActionToken token = TokenFor(ActionToken::PURPOSE_REGISTRATION, registration.name(),
                               runtime::PersonKey(keyring_, registration.registrant().email()));
  *token.mutable_expire_time() = types::ToProto(clock_.Now() + kRegistration);
  return Make(templates_.registration, "Bekijken, wijzigen of annuleren", std::move(token));
}

Link Links::ToInvitation(const proposals::v1::Invitation& invitation,
                         absl::string_view recipient) const {
  if (recipient != invitation.organisation() ||
      invitation.state() != proposals::v1::Invitation::STATE_INVITED) {
    return {};
  }
  ActionToken token =
      TokenFor(ActionToken::PURPOSE_INVITATION, invitation.name(), invitation.organisation());
  *token.mutable_expire_time() = types::ToProto(clock_.Now() + kInvitation);
  return Make(templates_.invitation, "Bekijken, aanvaarden of weigeren", std::move(token));
}

Link Links::ToMandate(const organisations::v1::Mandate& mandate) const {
  if (mandate.state() != organisations::v1::Mandate::STATE_INVITED) {
    return {};
  }
  ActionToken token = TokenFor(ActionToken::PURPOSE_MANDATE, mandate.name(), mandate.person_key());
  *token.mutable_expire_time() = mandate.expire_time();
  return Make(templates_.mandate, "Bekijken en aanvaarden", std::move(token));
}

Link Links::Make(const std::string& to, const char* label, ActionToken token) const {
  if (to.empty()) {
    return {};
  }
  *token.mutable_issue_time() = types::ToProto(clock_.Now());
  return {label, absl::StrReplaceAll(to, {{kToken, identity::MintActionToken(keyring_, token)}})};
}

}  // namespace scharnier::notifications
