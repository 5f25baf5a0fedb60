#include "common/identity/verifier.h"

#include <memory>
#include <optional>
#include <string>

#include "common/identity/key_source_test.h"
#include "common/identity/token_test.h"
#include "common/testing/eventually.h"
#include "gmock/gmock.h"

namespace scharnier::identity {
namespace {

using ::scharnier::testing::Eventually;

class VerifierTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Eventually([&] { return source_.Keys().ok(); }));
  }

  absl::StatusOr<std::shared_ptr<const Claims>> Verify(const std::string& token) {
    return verifier_.Verify(token, endpoint_.now(), absl::InfiniteFuture());
  }

  const Issuer issuer_;
  FakeEndpoint endpoint_{issuer_.Jwks()};
  KeySource source_{endpoint_.options()};
  TokenVerifier verifier_{
      {.issuer = std::string(Issuer::kUrl), .audience = std::string(Issuer::kAudience)}, source_};
  const std::string token_ = issuer_.Token(Issuer::Claims(endpoint_.now()));
};

TEST_F(VerifierTest, VerifiesATokenOnce) {
  const auto first = Verify(token_);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ((*first)->subject, "0190a000-1");
  EXPECT_THAT(Verify(token_), IsOkAnd(*first)) << "the same claims, not read again";
  const auto other = Verify(issuer_.Token(Issuer::Claims(endpoint_.now())));
  ASSERT_THAT(other, IsOk());
  EXPECT_NE(*other, *first);
}

TEST_F(VerifierTest, AKnownTokenExpiresToo) {
  ASSERT_THAT(Verify(token_), IsOk());
  endpoint_.Pass(source_, absl::Seconds(3659));
  EXPECT_THAT(Verify(token_), IsOk());
  endpoint_.Pass(source_, absl::Seconds(1));
  EXPECT_THAT(Verify(token_), IsRefused());
}

TEST_F(VerifierTest, AKnownTokenGoesWithItsKey) {
  ASSERT_THAT(Verify(token_), IsOk());
  const Issuer next("ES256", "key-2");
  endpoint_.Answer(next.Jwks());
  ASSERT_THAT(Verify(next.Token(Issuer::Claims(endpoint_.now()))), IsOk());
  EXPECT_THAT(Verify(token_), IsRefused());
}

TEST_F(VerifierTest, AKeyOfTheSameNameIsAnotherKey) {
  ASSERT_THAT(Verify(token_), IsOk());
  const Issuer renewed;
  endpoint_.Answer(renewed.Jwks());
  endpoint_.Pass(source_, absl::Minutes(5));
  ASSERT_TRUE(
      Eventually([&] { return Verify(renewed.Token(Issuer::Claims(endpoint_.now()))).ok(); }));
  EXPECT_THAT(Verify(token_), IsRefused());
}

TEST_F(VerifierTest, ARefusalIsNotRemembered) {
  const std::string early = issuer_.Token(Issuer::Claims(endpoint_.now() + absl::Seconds(61)));
  EXPECT_THAT(Verify(early), IsRefused());
  endpoint_.Pass(source_, absl::Seconds(1));
  EXPECT_THAT(Verify(early), IsOk());
}

TEST_F(VerifierTest, FetchesForWhatMayBeATokenAlone) {
  Members header = issuer_.Header();
  header["kid"] = R"("key-2")";
  header["alg"] = R"("HS256")";
  EXPECT_THAT(Verify(issuer_.Sign(ToJson(header), "{}")), IsRefused());
  EXPECT_THAT(Verify("no token"), IsRefused());
  EXPECT_EQ(endpoint_.fetches(), 1);
  header["alg"] = R"("ES256")";
  EXPECT_THAT(Verify(issuer_.Sign(ToJson(header), "{}")), IsRefused());
  EXPECT_EQ(endpoint_.fetches(), 2);
}

TEST_F(VerifierTest, SaysThatTheIssuerIsAway) {
  ASSERT_THAT(Verify(token_), IsOk());
  endpoint_.Answer(std::nullopt);
  endpoint_.Pass(source_, absl::Hours(24));
  EXPECT_THAT(Verify(token_), HasReason(types::v1::ERROR_REASON_DEPENDENCY_AWAY));
}

}  // namespace
}  // namespace scharnier::identity
