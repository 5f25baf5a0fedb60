#include "common/identity/verifier.h"

#include <utility>

#include "common/errors/macros.h"

namespace scharnier::identity {

TokenVerifier::TokenVerifier(TokenRules rules, KeySource& source)
    : rules_(std::move(rules)), source_(source) {}

absl::StatusOr<std::shared_ptr<const Claims>> TokenVerifier::Verify(absl::string_view token,
                                                                    absl::Time now,
                                                                    absl::Time deadline) {
  ASSIGN_OR_RETURN(std::shared_ptr<const KeySet> keys, source_.Keys());
  const std::string digest = DigestOf(token);
  if (auto claims = cache_.Find(digest, keys, now); claims != nullptr) {
    return claims;
  }
  ASSIGN_OR_RETURN(const std::string kid, ReadKid(token, rules_.algorithm));
  if (!keys->Has(kid)) {
    ASSIGN_OR_RETURN(keys, source_.KeysWith(kid, deadline));
  }
  ASSIGN_OR_RETURN(Claims verified, VerifyToken(token, *keys, rules_, now));
  auto claims = std::make_shared<const Claims>(std::move(verified));
  cache_.Put(digest, keys, claims, now);
  return claims;
}

}  // namespace scharnier::identity
