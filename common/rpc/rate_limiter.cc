#include "common/rpc/rate_limiter.h"

#include <algorithm>
#include <functional>

namespace scharnier::rpc {
absl::Duration RateLimiter::Take(const std::string& key, absl::Time now) {
  if (limit_.per_second == 0) {
    return absl::ZeroDuration();
  }
  const absl::Duration each = absl::Seconds(1) / limit_.per_second;
  Shard& shard = shards_[std::hash<std::string>()(key) % shards_.size()];
  absl::MutexLock lock(&shard.mutex);
  if (shard.full_at.size() >= shard.too_many) {
    std::erase_if(shard.full_at, [now](const auto& entry) { return entry.second <= now; });
    // Each key pays for the look at one, also where none can be forgotten.
    shard.too_many = std::max(shard.too_many, 2 * shard.full_at.size());
  }
  absl::Time& full_at = shard.full_at.try_emplace(key, now).first->second;
  const absl::Time next = std::max(full_at, now) + each;
  const absl::Duration wait = next - now - each * limit_.burst;
  if (wait > absl::ZeroDuration()) {
    return wait;
  }
  full_at = next;
  return absl::ZeroDuration();
}

}  // namespace scharnier::rpc
