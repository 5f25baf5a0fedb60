#include "common/identity/token_cache.h"

#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/testing/issuer.h"
#include "gmock/gmock.h"

namespace scharnier::identity {
namespace {

using ::scharnier::testing::Issuer;

class TokenCacheTest : public ::testing::Test {
 protected:
  static std::shared_ptr<const KeySet> Keys() {
    return std::make_shared<const KeySet>(
        KeySet::Parse(Issuer().Jwks(), Algorithm::kEs256).value());
  }
  std::shared_ptr<const Claims> Expiring(absl::Duration after) const {
    return std::make_shared<const Claims>(Claims{.subject = "an", .expires = now_ + after});
  }

  const absl::Time now_ = absl::FromUnixSeconds(1'650'000'000);
  const std::shared_ptr<const KeySet> keys_ = Keys();
  TokenCache cache_{3};
};

TEST_F(TokenCacheTest, FindsWhatItWasGiven) {
  const auto claims = Expiring(absl::Hours(1));
  EXPECT_EQ(cache_.Find("a", keys_, now_), nullptr);
  cache_.Put("a", keys_, claims, now_);
  EXPECT_EQ(cache_.Find("a", keys_, now_), claims);
  EXPECT_EQ(cache_.Find("b", keys_, now_), nullptr);
  cache_.Put("a", keys_, Expiring(absl::Hours(1)), now_);
  EXPECT_EQ(cache_.Find("a", keys_, now_), claims) << "the first stays";
  EXPECT_EQ(cache_.size(), 1);
}

TEST_F(TokenCacheTest, FindsNothingThatHasExpired) {
  cache_.Put("a", keys_, Expiring(absl::Minutes(1)), now_);
  EXPECT_NE(cache_.Find("a", keys_, now_ + absl::Seconds(119)), nullptr);
  EXPECT_EQ(cache_.Find("a", keys_, now_ + absl::Seconds(120)), nullptr);
}

TEST_F(TokenCacheTest, LosesWhatHasExpiredFirst) {
  cache_.Put("a", keys_, Expiring(absl::Minutes(1)), now_);
  cache_.Put("b", keys_, Expiring(absl::Minutes(9)), now_);
  cache_.Put("c", keys_, Expiring(absl::Minutes(9)), now_ + absl::Minutes(5));
  EXPECT_EQ(cache_.size(), 2);
}

TEST_F(TokenCacheTest, FullLosesWhatExpiresFirst) {
  for (const int minutes : {30, 10, 20, 40}) {
    cache_.Put(absl::StrCat(minutes), keys_, Expiring(absl::Minutes(minutes)), now_);
  }
  EXPECT_EQ(cache_.size(), 3);
  EXPECT_EQ(cache_.Find("10", keys_, now_), nullptr);
  EXPECT_NE(cache_.Find("20", keys_, now_), nullptr);
  cache_.Put("5", keys_, Expiring(absl::Minutes(5)), now_);
  EXPECT_EQ(cache_.Find("5", keys_, now_), nullptr) << "it would be the first to go";
  EXPECT_EQ(cache_.size(), 3);
}

TEST_F(TokenCacheTest, IsEmptyForOtherKeys) {
  cache_.Put("a", keys_, Expiring(absl::Hours(1)), now_);
  const auto other = Keys();
  EXPECT_EQ(cache_.Find("a", other, now_), nullptr);
  EXPECT_EQ(cache_.size(), 0);
  EXPECT_EQ(cache_.Find("a", keys_, now_), nullptr) << "nor does it come back";
  cache_.Put("a", keys_, Expiring(absl::Hours(1)), now_);
  cache_.Put("b", other, Expiring(absl::Hours(1)), now_);
  EXPECT_EQ(cache_.size(), 1);
}

// FIPS 180-2, B.1.
TEST(DigestOf, IsSha256) {
  EXPECT_EQ(absl::BytesToHexString(DigestOf("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace scharnier::identity
