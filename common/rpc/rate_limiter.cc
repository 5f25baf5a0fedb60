#include "common/rpc/rate_limiter.h"

#include <algorithm>
#include <functional>

namespace scharnier::rpc {

absl::Duration RateLimiter::Take(const std::string& key, absl::Time now) {
  if (limit_.per_second == 0) {
    return absl::ZeroDuration();
  }
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  if (shard.full_at.size() >= shard.too_many) {
    std::erase_if(shard.full_at, [now](const auto& entry) { return entry.second <= now; });
    // Each key pays for the look at one, also where none can be forgotten.
    shard.too_many = std::max(shard.too_many, 2 * shard.full_at.size());
  }
  absl::Time& full_at = shard.full_at.try_emplace(key, now).first->second;
  const absl::Time full_after = FullAfter(full_at, now);
  const absl::Duration wait = TooEarly(full_after, now);
  if (wait == absl::ZeroDuration()) {
    full_at = full_after;
  }
  return wait;
}

absl::Duration RateLimiter::Wait(const std::string& key, absl::Time now) {
  if (limit_.per_second == 0) {
    return absl::ZeroDuration();
  }
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  const auto found = shard.full_at.find(key);
  return found == shard.full_at.end() ? absl::ZeroDuration()
                                      : TooEarly(FullAfter(found->second, now), now);
}

RateLimiter::Shard& RateLimiter::ShardOf(const std::string& key) {
  return shards_[std::hash<std::string>()(key) % shards_.size()];
}

absl::Time RateLimiter::FullAfter(absl::Time full_at, absl::Time now) const {
  return std::max(full_at, now) + absl::Seconds(1) / limit_.per_second;
}

absl::Duration RateLimiter::TooEarly(absl::Time full_after, absl::Time now) const {
  return std::max(absl::ZeroDuration(),
                  full_after - now - absl::Seconds(1) / limit_.per_second * limit_.burst);
}

}  // namespace scharnier::rpc
