// File: rate_limiter.h
// So many calls a second for each of many: a token bucket a key, in the memory of this process.

#ifndef SCHARNIER_COMMON_RPC_RATE_LIMITER_H_
#define SCHARNIER_COMMON_RPC_RATE_LIMITER_H_

#include <array>
#include <string>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace scharnier::rpc {

struct RateLimit {
  int per_second = 0;  // 0: no limit
  int burst = 1;       // so many at once, by whoever was quiet before
};

// Thread-safe.
class RateLimiter {
 public:
  explicit RateLimiter(RateLimit limit) : limit_(limit) {}

  // Takes one call of this key's, and says how long it should have waited: zero where it may go on.
  // What may not is not counted.
  absl::Duration Take(const std::string& key, absl::Time now);
  // The same without taking it.
  absl::Duration Wait(const std::string& key, absl::Time now);

 private:
  // GCRA: the instant at which the key's bucket is full again says all about it.
  struct Shard {
    absl::Mutex mutex;
    std::unordered_map<std::string, absl::Time> full_at ABSL_GUARDED_BY(mutex);
    // So many keys are too many: those whose bucket is full are forgotten, which changes nothing.
    size_t too_many ABSL_GUARDED_BY(mutex) = 4096;
  };

  Shard& ShardOf(const std::string& key);
  // When a bucket that is full at `full_at` would be full again after one more call at `now`.
  absl::Time FullAfter(absl::Time full_at, absl::Time now) const;
  // How long that call is too early for; zero: it is not.
  absl::Duration TooEarly(absl::Time full_after, absl::Time now) const;

  const RateLimit limit_;
  std::array<Shard, 16> shards_;
};

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_RATE_LIMITER_H_
