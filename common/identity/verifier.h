// File: verifier.h
// Verifies access tokens by the issuer's current keys, and remembers those that it has verified.
//
//   TokenVerifier verifier(rules, source);
//   ASSIGN_OR_RETURN(const auto claims, verifier.Verify(token, ctx.now(), ctx.deadline()));

#ifndef SCHARNIER_COMMON_IDENTITY_VERIFIER_H_
#define SCHARNIER_COMMON_IDENTITY_VERIFIER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/identity/claims.h"
#include "common/identity/key_source.h"
#include "common/identity/token.h"
#include "common/identity/token_cache.h"

namespace scharnier::identity {

// Thread-safe.
class TokenVerifier {
 public:
  // `source` has to outlive it and to read keys for the algorithm of `rules`.
  TokenVerifier(TokenRules rules, KeySource& source);

  // What the token says, if it can be relied on at `now`. Where it names a key that is not there,
  // this may wait for a fetch, until `deadline` (real time) at most. Errors: UNAUTHENTICATED
  // TOKEN_INVALID; UNAVAILABLE DEPENDENCY_AWAY while there are no keys.
  absl::StatusOr<std::shared_ptr<const Claims>> Verify(absl::string_view token, absl::Time now,
                                                       absl::Time deadline);

 private:
  const TokenRules rules_;
  KeySource& source_;
  TokenCache cache_;
};

}  // namespace scharnier::identity

#endif  // SCHARNIER_COMMON_IDENTITY_VERIFIER_H_
