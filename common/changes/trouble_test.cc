#include "common/changes/trouble.h"

#include "common/errors/errors.h"
#include "gmock/gmock.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::changes {
namespace {

const absl::Status kAway =
    errors::Error(types::v1::ERROR_REASON_DEPENDENCY_AWAY, "the database cannot be reached");

TEST(TroubleTest, WaitsLongerAfterEachFailureUntilASuccess) {
  Trouble trouble("a test", absl::Seconds(1), absl::Seconds(5));
  EXPECT_EQ(trouble.Report(absl::OkStatus()), absl::ZeroDuration());
  for (const int seconds : {1, 2, 4, 5, 5}) {
    EXPECT_EQ(trouble.Report(kAway), absl::Seconds(seconds));
  }
  EXPECT_EQ(trouble.Report(absl::OkStatus()), absl::ZeroDuration());
  EXPECT_EQ(trouble.Report(kAway), absl::Seconds(1));
}

TEST(TroubleTest, LogsWhatHasChangedAlone) {
  ::testing::internal::CaptureStderr();
  Trouble trouble("a test", absl::Seconds(1), absl::Seconds(5));
  trouble.Report(absl::OkStatus());
  trouble.Report(kAway);
  trouble.Report(kAway);
  trouble.Report(absl::InternalError("an.peeters@example.org"));
  trouble.Report(absl::OkStatus());
  trouble.Report(absl::OkStatus());
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 3) << log;
  EXPECT_THAT(log, ::testing::HasSubstr("UNAVAILABLE DEPENDENCY_AWAY"));
  EXPECT_THAT(log, ::testing::HasSubstr("a test works again"));
  EXPECT_THAT(log, ::testing::Not(::testing::HasSubstr("example.org")));
}

}  // namespace
}  // namespace scharnier::changes
