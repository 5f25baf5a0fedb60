#include "common/identity/key_source.h"

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/identity/key_source_test.h"
#include "common/runtime/metrics.h"
#include "common/testing/issuer.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::identity {
namespace {

using ::scharnier::testing::Eventually;
using ::scharnier::testing::HasMetadata;
using ::scharnier::testing::HasReason;
using ::scharnier::testing::IsOk;
using ::scharnier::testing::Issuer;
using ::scharnier::testing::ToJson;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr absl::Duration kRefresh = absl::Minutes(5);

auto IsAway() {
  return AllOf(HasReason(types::v1::ERROR_REASON_DEPENDENCY_AWAY),
               HasMetadata("dependency", "issuer"));
}

class KeySourceTest : public ::testing::Test {
 protected:
  // Waits for the first keys.
  void SetUp() override {
    ASSERT_TRUE(Eventually([&] { return source_.Keys().ok(); }));
    ASSERT_EQ(endpoint_.fetches(), 1);
  }
  void TearDown() override { endpoint_.Release(); }

  // Lets `time` pass and waits for the fetch that is then due.
  void AwaitFetchAfter(absl::Duration time) {
    const int before = endpoint_.fetches();
    endpoint_.Pass(source_, time);
    ASSERT_TRUE(endpoint_.AwaitFetches(before + 1));
  }
  bool Knows(const std::string& kid) {
    const auto keys = source_.Keys();
    return keys.ok() && (*keys)->Has(kid);
  }
  bool Finds(const std::string& kid, absl::Time deadline = absl::InfiniteFuture()) {
    const auto keys = source_.KeysWith(kid, deadline);
    return keys.ok() && (*keys)->Has(kid);
  }

  const Issuer old_{"ES256", "key-1"};
  const Issuer new_{"ES256", "key-2"};
  const std::string both_ =
      absl::StrCat(R"({"keys":[)", ToJson(old_.Jwk()), ",", ToJson(new_.Jwk()), "]}");
  FakeEndpoint endpoint_{old_.Jwks()};
  KeySource source_{endpoint_.options()};
};

TEST_F(KeySourceTest, FetchesAgainFromTimeToTime) {
  const auto first = source_.Keys();
  AwaitFetchAfter(kRefresh);
  endpoint_.Answer(new_.Jwks());
  AwaitFetchAfter(kRefresh);
  EXPECT_TRUE(Eventually([&] { return Knows("key-2"); }));
  EXPECT_FALSE(Knows("key-1"));
  EXPECT_NE(*source_.Keys(), *first);
}

TEST_F(KeySourceTest, KeepsThePointerOfTheSameKeys) {
  const auto first = source_.Keys();
  AwaitFetchAfter(kRefresh);
  AwaitFetchAfter(kRefresh);  // so the one before has been taken
  EXPECT_EQ(*source_.Keys(), *first);
}

TEST_F(KeySourceTest, KeepsGoodKeysWhateverComes) {
  const auto first = source_.Keys();
  const std::optional<std::string> answers[] = {std::nullopt, "", "<html>", R"({"keys":[]})",
                                                R"({"keys":[{"kty":"oct","kid":"a","k":"AA"}]})"};
  for (const auto& answer : answers) {
    endpoint_.Answer(answer);
    AwaitFetchAfter(kRefresh);
    AwaitFetchAfter(kRefresh);
    ASSERT_THAT(source_.Keys(), IsOk());
    EXPECT_EQ(*source_.Keys(), *first);
  }
}

TEST_F(KeySourceTest, BelievesKeysForADay) {
  endpoint_.Answer(std::nullopt);
  AwaitFetchAfter(absl::Hours(24) - absl::Microseconds(1));
  EXPECT_THAT(source_.Keys(), IsOk());
  AwaitFetchAfter(kRefresh);
  EXPECT_THAT(source_.Keys(), IsAway());
  EXPECT_THAT(source_.KeysWith("key-1", absl::InfiniteFuture()), IsAway());
  // Then as at the start: each second.
  AwaitFetchAfter(absl::Seconds(1));
  endpoint_.Answer(old_.Jwks());
  AwaitFetchAfter(absl::Seconds(1));
  EXPECT_TRUE(Eventually([&] { return Knows("key-1"); }));
}

TEST_F(KeySourceTest, AnUnknownKidCostsOneFetchAMinute) {
  EXPECT_FALSE(Finds("key-2"));
  EXPECT_EQ(endpoint_.fetches(), 2);
  endpoint_.Answer(both_);
  for (const char* kid : {"key-2", "key-3", "../../"}) {
    EXPECT_FALSE(Finds(kid)) << kid;
  }
  endpoint_.Pass(source_, absl::Seconds(60) - absl::Microseconds(1));
  EXPECT_FALSE(Finds("key-2"));
  EXPECT_EQ(endpoint_.fetches(), 2);
  endpoint_.Pass(source_, absl::Microseconds(1));
  EXPECT_TRUE(Finds("key-2"));
  EXPECT_EQ(endpoint_.fetches(), 3);
}

TEST_F(KeySourceTest, AKnownKidCostsNone) {
  EXPECT_TRUE(Finds("key-1"));
  EXPECT_EQ(endpoint_.fetches(), 1);
}

TEST_F(KeySourceTest, ARotationCostsNobody) {
  endpoint_.Answer(both_);
  endpoint_.Hold();
  std::vector<std::thread> callers;
  std::vector<int> found(8);
  for (int& result : found) {
    callers.emplace_back([&] { result = Finds("key-2") ? 1 : 0; });
  }
  ASSERT_TRUE(endpoint_.AwaitFetches(2));
  EXPECT_TRUE(Knows("key-1")) << "others do not wait";
  endpoint_.Release();
  for (std::thread& caller : callers) {
    caller.join();
  }
  EXPECT_THAT(found, ::testing::Each(1));
  EXPECT_EQ(endpoint_.fetches(), 2);
}

TEST_F(KeySourceTest, AFetchThatBeganBeforeTheRotationIsNotTheLast) {
  endpoint_.Hold();
  AwaitFetchAfter(kRefresh);
  endpoint_.Answer(both_);
  bool found = false;
  std::thread caller([&] { found = Finds("key-2"); });
  endpoint_.Release();
  caller.join();
  EXPECT_TRUE(found);
  EXPECT_EQ(endpoint_.fetches(), 3);
}

TEST_F(KeySourceTest, AnIssuerThatDoesNotAnswerHoldsFewThreads) {
  KeySource::Options options = endpoint_.options();
  options.most_waiting = 1;
  KeySource source(options);
  ASSERT_TRUE(Eventually([&] { return source.Keys().ok(); }));
  endpoint_.Answer(both_);
  endpoint_.Hold();
  const int before = endpoint_.fetches();
  std::thread caller(
      [&] { EXPECT_THAT(source.KeysWith("key-2", absl::InfiniteFuture()), IsOk()); });
  ASSERT_TRUE(endpoint_.AwaitFetches(before + 1));
  EXPECT_THAT(source.KeysWith("key-2", absl::InfiniteFuture()), IsAway());
  EXPECT_THAT(source.KeysWith("key-1", absl::InfiniteFuture()), IsOk());
  endpoint_.Release();
  caller.join();
}

TEST_F(KeySourceTest, NobodyCallsATokenBadWhileTheIssuerIsAway) {
  endpoint_.Answer(std::nullopt);
  EXPECT_THAT(source_.KeysWith("key-2", absl::InfiniteFuture()), IsAway());
  EXPECT_THAT(source_.KeysWith("key-2", absl::InfiniteFuture()), IsAway()) << "asked lately";
  EXPECT_THAT(source_.KeysWith("key-1", absl::InfiniteFuture()), IsOk());
}

TEST_F(KeySourceTest, WaitsNoLongerThanTheCaller) {
  endpoint_.Answer(both_);
  endpoint_.Hold();
  EXPECT_FALSE(Finds("key-2", absl::Now()));
  EXPECT_EQ(endpoint_.fetches(), 1) << "a call that is over asks for nothing";
  EXPECT_FALSE(Finds("key-2", absl::Now() + absl::Milliseconds(5)));
  ASSERT_TRUE(endpoint_.AwaitFetches(2));
  EXPECT_FALSE(Finds("key-2", absl::Now() + absl::Milliseconds(5)));
  endpoint_.Release();
  EXPECT_TRUE(Finds("key-2"));
  EXPECT_EQ(endpoint_.fetches(), 2);
}

TEST_F(KeySourceTest, ShutdownEndsWaiting) {
  endpoint_.Hold();
  bool found = true;
  std::thread caller([&] { found = Finds("key-2"); });
  ASSERT_TRUE(endpoint_.AwaitFetches(2));
  std::thread stopper([&] { source_.Shutdown(); });
  caller.join();
  EXPECT_FALSE(found);
  endpoint_.Release();
  stopper.join();
  EXPECT_TRUE(Knows("key-1"));
  endpoint_.Pass(source_, kRefresh);
  EXPECT_FALSE(Finds("key-2"));
  EXPECT_EQ(endpoint_.fetches(), 2);
}

TEST_F(KeySourceTest, CountsFetchesByOutcome) {
  endpoint_.Answer(std::nullopt);
  EXPECT_FALSE(Finds("key-2"));
  const std::string metrics = metrics::Render();
  for (const char* line :
       {R"(identity_key_fetches_total{outcome="changed"})",
        R"(identity_key_fetches_total{outcome="failed"})", "identity_keys_age_seconds 0"}) {
    EXPECT_THAT(metrics, HasSubstr(line));
  }
}

TEST(KeySource, TriesEachSecondUntilThereAreKeys) {
  const Issuer issuer;
  FakeEndpoint endpoint{std::nullopt};
  KeySource source(endpoint.options());
  for (int fetches = 1; fetches < 4; ++fetches) {
    ASSERT_TRUE(endpoint.AwaitFetches(fetches));
    EXPECT_THAT(source.Keys(), IsAway());
    EXPECT_THAT(source.KeysWith("key-1", absl::InfiniteFuture()), IsAway());
    endpoint.Pass(source, absl::Milliseconds(999));
    EXPECT_EQ(endpoint.fetches(), fetches);
    endpoint.Pass(source, absl::Milliseconds(1));
  }
  const google::rpc::Status away = errors::ToProto(source.Keys().status());
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(away.details(1).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  endpoint.Answer(issuer.Jwks());
  EXPECT_TRUE(Eventually([&] {
    endpoint.Pass(source, absl::Seconds(1));
    return source.Keys().ok();
  }));
}

}  // namespace
}  // namespace scharnier::identity
