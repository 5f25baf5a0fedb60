#include "common/rpc/rate_limiter.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

namespace scharnier::rpc {
namespace {

constexpr absl::Time kStart = absl::FromUnixSeconds(1'600'000'000);

TEST(RateLimiter, LetsABurstThroughThenTheRate) {
  RateLimiter limiter({.per_second = 10, .burst = 3});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(limiter.Take("an", kStart), absl::ZeroDuration());
  }
  EXPECT_EQ(limiter.Take("an", kStart), absl::Milliseconds(100));
  EXPECT_EQ(limiter.Take("an", kStart + absl::Milliseconds(40)), absl::Milliseconds(60));
  EXPECT_EQ(limiter.Take("an", kStart + absl::Milliseconds(100)), absl::ZeroDuration());
  EXPECT_GT(limiter.Take("an", kStart + absl::Milliseconds(100)), absl::ZeroDuration());
}

TEST(RateLimiter, TellsTheWaitWithoutTaking) {
  RateLimiter limiter({.per_second = 10, .burst = 1});
  EXPECT_EQ(limiter.Wait("an", kStart), absl::ZeroDuration());
  EXPECT_EQ(limiter.Take("an", kStart), absl::ZeroDuration());
  EXPECT_EQ(limiter.Wait("an", kStart), absl::Milliseconds(100));
  EXPECT_EQ(limiter.Wait("an", kStart), absl::Milliseconds(100));
  EXPECT_EQ(limiter.Wait("an", kStart + absl::Milliseconds(100)), absl::ZeroDuration());
}

TEST(RateLimiter, CountsEachByItself) {
  RateLimiter limiter({.per_second = 1, .burst = 1});
  EXPECT_EQ(limiter.Take("an", kStart), absl::ZeroDuration());
  EXPECT_EQ(limiter.Take("bea", kStart), absl::ZeroDuration());
  EXPECT_GT(limiter.Take("an", kStart), absl::ZeroDuration());
}

TEST(RateLimiter, WhoWasQuietHasOneBurstAndNotMore) {
  RateLimiter limiter({.per_second = 10, .burst = 2});
  EXPECT_EQ(limiter.Take("an", kStart), absl::ZeroDuration());
  const absl::Time later = kStart + absl::Hours(1);
  EXPECT_EQ(limiter.Take("an", later), absl::ZeroDuration());
  EXPECT_EQ(limiter.Take("an", later), absl::ZeroDuration());
  EXPECT_GT(limiter.Take("an", later), absl::ZeroDuration());
}

// Many come once; who is being held back is not forgotten among them.
TEST(RateLimiter, RemembersWhoIsHeldBack) {
  RateLimiter limiter({.per_second = 1, .burst = 1});
  EXPECT_EQ(limiter.Take("an", kStart), absl::ZeroDuration());
  for (int i = 0; i < 200'000; ++i) {
    EXPECT_EQ(limiter.Take(absl::StrCat(i), kStart - absl::Hours(1)), absl::ZeroDuration());
  }
  EXPECT_GT(limiter.Take("an", kStart), absl::ZeroDuration());
}

TEST(RateLimiter, ZeroIsNoLimit) {
  RateLimiter limiter({});
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(limiter.Take("an", kStart), absl::ZeroDuration());
  }
}

}  // namespace
}  // namespace scharnier::rpc
