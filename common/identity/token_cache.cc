#include "common/identity/token_cache.h"

#include <openssl/sha.h>

#include "common/identity/token.h"

namespace scharnier::identity {

std::string DigestOf(absl::string_view token) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::shared_ptr<const Claims> TokenCache::Find(const std::string& digest,
                                               const std::shared_ptr<const KeySet>& keys,
                                               absl::Time now) {
  const absl::MutexLock lock(&mutex_);
  Use(keys);
  const auto found = claims_.find(digest);
  return found == claims_.end() || HasExpired(*found->second, now) ? nullptr : found->second;
}

void TokenCache::Put(const std::string& digest, const std::shared_ptr<const KeySet>& keys,
                     const std::shared_ptr<const Claims>& claims, absl::Time now) {
  const absl::MutexLock lock(&mutex_);
  Use(keys);
  if (!claims_.try_emplace(digest, claims).second) {
    return;
  }
  by_expiry_.emplace(claims->expires, digest);
  while (claims_.size() > capacity_ || HasExpired(*claims_.at(by_expiry_.begin()->second), now)) {
    claims_.erase(by_expiry_.begin()->second);
    by_expiry_.erase(by_expiry_.begin());
  }
}

size_t TokenCache::size() const {
  const absl::MutexLock lock(&mutex_);
  return claims_.size();
}

void TokenCache::Use(const std::shared_ptr<const KeySet>& keys) {
  if (keys_ != keys) {
    keys_ = keys;
    claims_.clear();
    by_expiry_.clear();
  }
}

}  // namespace scharnier::identity
