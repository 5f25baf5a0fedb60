#include "common/runtime/uuid.h"

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"

namespace scharnier::runtime {
namespace {

TEST(NewUuid, IsOfVersionSevenAndTellsTheTime) {
  const absl::Time before = absl::FromUnixMillis(absl::ToUnixMillis(absl::Now()));
  const std::string uuid = NewUuid();
  const absl::Time after = absl::Now();

  EXPECT_TRUE(IsUuid(uuid)) << uuid;
  EXPECT_EQ(uuid[14], '7') << "the version";
  EXPECT_THAT(uuid.substr(19, 1), ::testing::MatchesRegex("[89ab]")) << "the variant";
  EXPECT_GE(TimeOfUuid(uuid), before);
  EXPECT_LE(TimeOfUuid(uuid), after);
}

TEST(TimeOfUuid, IsThatOfTheStandardsExample) {
  // RFC 9562, A.6.
  EXPECT_EQ(TimeOfUuid("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"),
            absl::FromUnixMillis(1'645'557'742'000));
}

TEST(NewUuid, AscendsWithinAThread) {
  // More than a millisecond has numbers for.
  std::string last = NewUuid();
  for (int i = 0; i < 50'000; ++i) {
    const std::string next = NewUuid();
    ASSERT_LT(last, next);
    last = next;
  }
}

TEST(NewUuid, DiffersBetweenThreads) {
  std::string first, second;
  std::thread one([&] { first = NewUuid(); });
  std::thread other([&] { second = NewUuid(); });
  one.join();
  other.join();
  EXPECT_NE(first, second);
}

TEST(IsUuid, TakesTheCanonicalFormAlone) {
  const std::string uuid = "01926f3c-7a4b-7c1d-9e2f-0a1b2c3d4e5f";
  EXPECT_TRUE(IsUuid(uuid));
  EXPECT_TRUE(IsUuid("f47ac10b-58cc-4372-a567-0e02b2c3d479")) << "version 4";

  for (const std::string& bad : {
           std::string(),
           std::string("00000000-0000-0000-0000-000000000000"),
           std::string("01926F3C-7A4B-7C1D-9E2F-0A1B2C3D4E5F"),
           absl::StrReplaceAll(uuid, {{"-", ""}}),
           absl::StrCat(uuid, "0"),
           absl::StrCat("{", uuid, "}"),
           absl::StrReplaceAll(uuid, {{"7a4b-", "-7a4b"}}),
           absl::StrReplaceAll(uuid, {{"f3c", "g3c"}}),
           absl::StrReplaceAll(uuid, {{"f3c", "f-c"}}),
       }) {
    EXPECT_FALSE(IsUuid(bad)) << bad;
  }
}

}  // namespace
}  // namespace scharnier::runtime
