// File: token.h
// Verification of one access token: a JWT (RFC 7519) by the profile of RFC 9068, narrowed. Pure
// functions.
//
// The rules:
//   form     at most 4096 bytes; three non-empty parts in strict base64url
//   header   `alg` as configured, `kid` a non-empty string, `typ` at+jwt; nothing that brings a key
//            or changes how the rest is read (jwk, jku, x5…, crit, b64, zip, cty)
//   claims   `iss` and `aud` the configured strings; `exp` and `iat` integers, at most an hour
//            apart; `nbf`, if there, an integer; 60 s for clocks that differ; `sub` 1 to 255
//            visible ASCII characters; `email` up to 254 bytes; `roles` up to 16 strings of up to
//            64 bytes; `act.sub` like `sub`
//   JSON     no member twice, no other value than an object

#ifndef SCHARNIER_COMMON_IDENTITY_TOKEN_H_
#define SCHARNIER_COMMON_IDENTITY_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/identity/claims.h"
#include "common/identity/key_set.h"

namespace scharnier::identity {

// What is asked of every token.
struct TokenRules {
  std::string issuer;
  std::string audience;
  Algorithm algorithm = Algorithm::kEs256;
};

// The name of the key that the token says it was signed with, so that a key that is missing can be
// fetched first. Nothing is verified yet. Errors: UNAUTHENTICATED TOKEN_INVALID for a form or a
// header against the rules.
absl::StatusOr<std::string> ReadKid(absl::string_view token, Algorithm algorithm);

// What the token says, if all rules hold at `now`. Errors: UNAUTHENTICATED TOKEN_INVALID, the same
// for every rule.
absl::StatusOr<Claims> VerifyToken(absl::string_view token, const KeySet& keys,
                                   const TokenRules& rules, absl::Time now);

// Whether a token with these claims has expired at `now`.
bool HasExpired(const Claims& claims, absl::Time now);

}  // namespace scharnier::identity

#endif  // SCHARNIER_COMMON_IDENTITY_TOKEN_H_
