#include "common/runtime/clock.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"

namespace scharnier::runtime {
namespace {

using ::scharnier::testing::HasCode;
using ::scharnier::testing::IsOk;

absl::Time At(const std::string& text) {
  absl::Time time;
  std::string problem;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &problem)) << problem;
  return time;
}

// A file of its own for each test.
class FileClockTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = absl::StrCat(::testing::TempDir(), "/clock_", getpid(), "_", test->name());
  }
  void TearDown() override { std::remove(path_.c_str()); }

  // Replaces the file by rename, as the contract asks.
  void Write(const std::string& text) {
    const std::string fresh = absl::StrCat(path_, ".new");
    std::ofstream(fresh) << text;
    ASSERT_EQ(std::rename(fresh.c_str(), path_.c_str()), 0);
  }

  std::string path_;
};

TEST(MakeClock, IsRealWithoutAFile) {
  const auto clock = MakeClock("");
  ASSERT_THAT(clock, IsOk());
  EXPECT_FALSE((*clock)->simulated());
  const absl::Time before = absl::Now() - absl::Microseconds(1);
  const absl::Time now = (*clock)->Now();
  EXPECT_GE(now, before);
  EXPECT_LE(now, absl::Now());
}

TEST(MakeClock, TellsWhatADatabaseKeeps) {
  const auto clock = MakeClock("");
  ASSERT_THAT(clock, IsOk());
  // One of these would do by chance once in a thousand times.
  for (int i = 0; i < 3; ++i) {
    const absl::Time now = (*clock)->Now();
    EXPECT_EQ(now, absl::FromUnixMicros(absl::ToUnixMicros(now)));
  }
}

TEST_F(FileClockTest, StandsAndMovesWithTheFile) {
  Write("2020-10-25T01:30:00+02:00\n");
  const auto clock = MakeClock(path_);
  ASSERT_THAT(clock, IsOk());
  EXPECT_TRUE((*clock)->simulated());
  EXPECT_EQ((*clock)->Now(), At("2020-10-24T23:30:00Z"));
  EXPECT_EQ((*clock)->Now(), At("2020-10-24T23:30:00Z"));
  // The same size, in the same instant of the file system's clock.
  Write("2020-10-25T01:31:00+02:00\n");
  EXPECT_EQ((*clock)->Now(), At("2020-10-24T23:31:00Z"));
  Write("2020-10-26T00:00:00.5Z");
  EXPECT_EQ((*clock)->Now(), At("2020-10-26T00:00:00.5Z"));
}

TEST_F(FileClockTest, StandsWhereItStoodWhileTheFileIsNoUse) {
  Write("2020-10-25T00:00:00Z");
  const auto clock = MakeClock(path_);
  ASSERT_THAT(clock, IsOk());
  for (const char* nonsense : {"", "yesterday", "infinite-future", "2020-10-25"}) {
    Write(nonsense);
    EXPECT_EQ((*clock)->Now(), At("2020-10-25T00:00:00Z")) << nonsense;
  }
  ASSERT_EQ(std::remove(path_.c_str()), 0);
  EXPECT_EQ((*clock)->Now(), At("2020-10-25T00:00:00Z"));
  Write("2020-10-25T12:00:00Z");
  EXPECT_EQ((*clock)->Now(), At("2020-10-25T12:00:00Z"));
}

TEST_F(FileClockTest, RefusesToBeginWithoutAnInstant) {
  EXPECT_THAT(MakeClock(path_), HasCode(absl::StatusCode::kInvalidArgument));
  for (const char* nonsense : {"", "yesterday", "infinite-past", "2020-13-25T00:00:00Z"}) {
    Write(nonsense);
    EXPECT_THAT(MakeClock(path_), HasCode(absl::StatusCode::kInvalidArgument)) << nonsense;
  }
}

TEST(ManualClock, StandsWhereItIsSet) {
  ManualClock clock(At("2020-10-25T00:00:00.000001Z"));
  EXPECT_TRUE(clock.simulated());
  EXPECT_EQ(clock.Now(), At("2020-10-25T00:00:00.000001Z"));
  clock.Set(At("2019-01-01T00:00:00Z"));
  EXPECT_EQ(clock.Now(), At("2019-01-01T00:00:00Z"));
}

}  // namespace
}  // namespace scharnier::runtime
