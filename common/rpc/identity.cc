#include "common/rpc/identity.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/identity/action_token.h"
#include "common/identity/token_cache.h"
#include "common/rpc/email.h"
#include "common/types/timestamp.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using options::v1::Role;

constexpr absl::string_view kBearer = "Bearer ";
constexpr absl::string_view kAction = "Action ";
constexpr size_t kLongestName = 64;
// Of an action token's hash: enough to tell tokens apart in the trail.
constexpr size_t kTokenHashBytes = 16;

// The values of the claim `roles`; people have none. Of several the first here is the one that a
// caller is named by.
constexpr std::pair<const char*, Role> kRoles[] = {
    {"staff", options::v1::ROLE_STAFF},
    {"register-officer", options::v1::ROLE_REGISTER_OFFICER},
    {"operator", options::v1::ROLE_OPERATOR},
    {"team", options::v1::ROLE_TEAM},
};

absl::Status NotIdentified(absl::string_view why) {
  return errors::Error(types::v1::ERROR_REASON_NOT_IDENTIFIED, why);
}

std::vector<Role> RolesOf(const identity::Claims& claims) {
  std::vector<Role> roles;
  for (const auto& [name, role] : kRoles) {
    if (std::find(claims.roles.begin(), claims.roles.end(), name) != claims.roles.end()) {
      roles.push_back(role);
    }
  }
  return roles;
}

// Whether a name of staff or of a team can stand in logs and in the audit trail for ever: no
// address, and no more than a name.
bool IsName(absl::string_view text) {
  return !text.empty() && text.size() <= kLongestName &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
         });
}

bool IsServiceName(absl::string_view text) {
  return !text.empty() && text.size() <= kLongestName &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_islower(c) || c == '-'; });
}

bool Lists(const options::v1::Policy& policy, const std::string& service) {
  return std::find(policy.services().begin(), policy.services().end(), service) !=
         policy.services().end();
}

}  // namespace

Authenticator::Authenticator(identity::TokenVerifier& verifier, identity::Grants& grants,
                             std::string issuer, std::string spiffe_prefix,
                             const runtime::Keyring& keyring, RevokedUntil revoked_until)
    : verifier_(verifier),
      grants_(grants),
      issuer_(std::move(issuer)),
      spiffe_prefix_(std::move(spiffe_prefix)),
      keyring_(keyring),
      revoked_until_(std::move(revoked_until)) {}

absl::StatusOr<runtime::Caller> Authenticator::Identify(const Credentials& credentials,
                                                        const options::v1::Policy& policy,
                                                        absl::Time now, absl::Time deadline) const {
  std::string service;
  if (credentials.certified) {
    ASSIGN_OR_RETURN(service, ServiceOf(credentials.peer));
  }
  if (!credentials.authorization.empty()) {
    ASSIGN_OR_RETURN(auto caller, FromToken(credentials.authorization, now, deadline));
    if (!service.empty() && caller.via.empty()) {
      caller.via = absl::StrCat(runtime::kService, service);
    }
    return caller;
  }
  runtime::Caller caller;
  if (Lists(policy, service)) {
    caller.role = options::v1::ROLE_SERVICE;
    caller.subject = service;
  } else if (!service.empty()) {
    caller.via = absl::StrCat(runtime::kService, service);
  }
  return caller;
}

absl::StatusOr<runtime::Caller> Authenticator::FromToken(
    const std::vector<std::string>& authorization, absl::Time now, absl::Time deadline) const {
  absl::string_view token = authorization.front();
  if (authorization.size() == 1 && absl::ConsumePrefix(&token, kAction)) {
    return FromActionToken(token, now);
  }
  // Whatever is no bearer token alone is refused as a bad one: nobody has to tell them apart.
  if (authorization.size() > 1 || !absl::ConsumePrefix(&token, kBearer)) {
    token = "";
  }
  ASSIGN_OR_RETURN(const auto claims, verifier_.Verify(token, absl::Now(), deadline));
  const std::vector<Role> roles = RolesOf(*claims);
  if (roles.empty()) {
    return Person(*claims, now);
  }
  const bool team = roles.back() == options::v1::ROLE_TEAM;
  if (!IsName(claims->subject) || !claims->actor.empty() || (team && roles.size() > 1)) {
    return NotIdentified(
        "staff and teams need a subject of letters, digits, hyphens, underscores and dots, one "
        "kind of roles, and nobody who acts for them");
  }
  runtime::Caller caller{.role = roles.front(),
                         .subject = claims->subject,
                         .further = {roles.begin() + 1, roles.end()}};
  if (team) {
    caller.grant = grants_.Find(claims->subject, now);
  }
  return caller;
}

absl::Status Authenticator::CheckNotRevoked(const runtime::Caller& caller,
                                            absl::Time deadline) const {
  if (caller.action == nullptr) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const absl::Time revoked, revoked_until_(caller.action->resource(), deadline));
  // A clock that stands still makes none between.
  return types::FromProto(caller.action->issue_time()) <= revoked ? identity::ActionTokenInvalid()
                                                                  : absl::OkStatus();
}

absl::StatusOr<runtime::Caller> Authenticator::FromActionToken(absl::string_view text,
                                                               absl::Time now) const {
  ASSIGN_OR_RETURN(auto action, identity::ReadActionToken(keyring_, text, now));
  const std::string hash = identity::DigestOf(text).substr(0, kTokenHashBytes);
  return runtime::Caller{
      .role = options::v1::ROLE_TOKEN,
      .subject = absl::BytesToHexString(hash),
      .action = std::make_shared<const identity::v1::ActionToken>(std::move(action))};
}

absl::StatusOr<runtime::Caller> Authenticator::Person(const identity::Claims& claims,
                                                      absl::Time now) const {
  // Judged as it came: letters of other scripts can become Latin ones when normalised.
  if (!IsEmail(claims.email)) {
    return NotIdentified("a person's token needs an e-mail address that the issuer has verified");
  }
  runtime::Caller caller{.role = options::v1::ROLE_PERSON,
                         .email = runtime::NormaliseEmail(claims.email)};
  caller.subject = runtime::PersonKey(keyring_, caller.email);
  // No address contains a line break: it is no other person's key.
  caller.account = absl::BytesToHexString(
      keyring_.Mac(runtime::Keyring::kPerson, absl::StrCat(issuer_, "\n", claims.subject)));
  if (!claims.actor.empty()) {
    if (!IsName(claims.actor)) {
      return NotIdentified("who acts for a person needs a name of letters, digits and hyphens");
    }
    caller.grant = grants_.Find(claims.actor, now);
    caller.via = absl::StrCat(runtime::kTeam, claims.actor);
  }
  return caller;
}

absl::StatusOr<std::string> Authenticator::ServiceOf(absl::string_view peer) const {
  if (absl::ConsumePrefix(&peer, spiffe_prefix_) && IsServiceName(peer)) {
    return std::string(peer);
  }
  return errors::Error(types::v1::ERROR_REASON_CERTIFICATE_INVALID,
                       "the client certificate names no service of the suite");
}

}  // namespace scharnier::rpc
