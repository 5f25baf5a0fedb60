// File: token_cache.h
// The tokens that have been verified, by their digests, until they expire.

#ifndef SCHARNIER_COMMON_IDENTITY_TOKEN_CACHE_H_
#define SCHARNIER_COMMON_IDENTITY_TOKEN_CACHE_H_

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/identity/claims.h"
#include "common/identity/key_set.h"

namespace scharnier::identity {

// SHA-256, 32 bytes: a token itself is not kept.
std::string DigestOf(absl::string_view token);

// Thread-safe. Its tokens are those of one key set: other keys empty it.
class TokenCache {
 public:
  explicit TokenCache(size_t capacity = 10'000) : capacity_(capacity) {}

  // The claims of the token that these keys have verified; nullptr where it is not there or has
  // expired at `now`.
  std::shared_ptr<const Claims> Find(const std::string& digest,
                                     const std::shared_ptr<const KeySet>& keys, absl::Time now);
  // Adds a token that these keys have verified at `now`. A full cache loses what expires first.
  void Put(const std::string& digest, const std::shared_ptr<const KeySet>& keys,
           const std::shared_ptr<const Claims>& claims, absl::Time now);

  size_t size() const;

 private:
  void Use(const std::shared_ptr<const KeySet>& keys) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t capacity_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const KeySet> keys_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<const Claims>> claims_ ABSL_GUARDED_BY(mutex_);
  std::set<std::pair<absl::Time, std::string>> by_expiry_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace scharnier::identity

#endif  // SCHARNIER_COMMON_IDENTITY_TOKEN_CACHE_H_
