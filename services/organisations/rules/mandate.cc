#include "services/organisations/rules/mandate.h"

#include "common/errors/errors.h"
#include "common/types/error_words.h"
#include "common/types/timestamp.h"
#include "scharnier/organisations/v1/error_reason.pb.h"

namespace scharnier::organisations::rules {
namespace {

absl::Status StateError(const v1::Mandate& mandate, const char* message) {
  return errors::Error(v1::ERROR_REASON_MANDATE_STATE, message)
      .With("mandate", mandate.name())
      .With("state", types::StateName(mandate.state()))
      .Precondition("STATE", mandate.name(), message);
}

}  // namespace

absl::Status MayMandate(const runtime::Caller& caller, v1::Mandate::Role role,
                        const std::string& organisation) {
  if (caller.is(options::v1::ROLE_REGISTER_OFFICER) || role == v1::Mandate::ROLE_SIGNATORY) {
    return absl::OkStatus();
  }
  return errors::Error(v1::ERROR_REASON_MANDATE_NEEDED,
                       "only who signs for the organisation may do this")
      .With("organisation", organisation)
      .With("role", "SIGNATORY");
}

v1::Mandate Invite(const v1::Mandate& wanted, const std::string& person_key, absl::Time now) {
  v1::Mandate invited;
  invited.set_full_name(wanted.full_name());
  invited.set_email(wanted.email());
  invited.set_role(wanted.role());
  invited.set_state(v1::Mandate::STATE_INVITED);
  invited.set_person_key(person_key);
  invited.set_holder_key(person_key);
  *invited.mutable_invite_time() = types::ToProto(now);
  *invited.mutable_expire_time() = types::ToProto(now + kInvitation);
  return invited;
}

bool HasExpired(const v1::Mandate& mandate, absl::Time now) {
  return mandate.state() == v1::Mandate::STATE_EXPIRED ||
         (mandate.state() == v1::Mandate::STATE_INVITED &&
          now >= types::FromProto(mandate.expire_time()));
}

absl::StatusOr<v1::Mandate> Accept(v1::Mandate invited, const std::string& account,
                                   absl::Time now) {
  if (HasExpired(invited, now)) {
    return errors::Error(v1::ERROR_REASON_MANDATE_EXPIRED,
                         "the invitation was not accepted in time")
        .With("mandate", invited.name())
        .Precondition("STATE", invited.name(), "ask for a new invitation");
  }
  if (invited.state() != v1::Mandate::STATE_INVITED) {
    return StateError(invited, "only an invitation can be accepted");
  }
  invited.set_state(v1::Mandate::STATE_ACTIVE);
  *invited.mutable_accept_time() = types::ToProto(now);
  if (!account.empty()) {
    invited.set_holder_key(account);
  }
  return invited;
}

absl::StatusOr<v1::Mandate> Revoke(v1::Mandate mandate, absl::Time now) {
  if (mandate.state() != v1::Mandate::STATE_INVITED &&
      mandate.state() != v1::Mandate::STATE_ACTIVE) {
    return StateError(mandate, "the mandate is not in force any more");
  }
  mandate.set_state(v1::Mandate::STATE_REVOKED);
  *mandate.mutable_revoke_time() = types::ToProto(now);
  return mandate;
}

}  // namespace scharnier::organisations::rules
