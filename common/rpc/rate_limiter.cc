#include "common/rpc/rate_limiter.h"

#include <algorithm>
#include <functional>

namespace scharnier::rpc {
namespace {

// Of a shard; then those whose bucket is full are forgotten, which changes nothing.
constexpr size_t kMostKeys = 4096;

}  // namespace

absl::Duration RateLimiter::Take(const std::string& key, absl::Time now) {
  if (limit_.per_second == 0) {
    return absl::ZeroDuration();
  }
  const absl::Duration each = absl::Seconds(1) / limit_.per_second;
  Shard& shard = shards_[std::hash<std::string>()(key) % shards_.size()];
  absl::MutexLock lock(&shard.mutex);
  if (shard.full_at.size() >= kMostKeys) {
    std::erase_if(shard.full_at, [now](const auto& entry) { return entry.second <= now; });
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
