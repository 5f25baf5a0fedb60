#include "common/rpc/call.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "common/errors/errors.h"
#include "common/rpc/change_table.h"
#include "common/rpc/server.h"
#include "common/testing/callers.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using testing::HasCode;
using testing::HasReason;
using testing::IsOk;

class CallTest : public ::testing::Test {
 protected:
  CallTest() {
    arrival_.credentials = {.certified = true,
                            .peer = absl::StrCat(testing::kSpiffePrefix, "notifications")};
  }

  Call Unary(const Arrival& arrival) {
    return Call(environment_, tables_[0].methods()[0], arrival);
  }
  Call Stream(const Arrival& arrival) {
    return Call(environment_, tables_[0].methods()[1], arrival);
  }
  static Credentials Bearer(const std::string& caller) {
    return {.authorization = {absl::StrCat("Bearer ", testing::Callers::Get().Token(caller))}};
  }
  static bool Well(google::protobuf::Message& /*message*/) { return true; }

  ServerOptions options_;
  runtime::Executor executor_{1, 1};
  runtime::ManualClock clock_{absl::FromUnixSeconds(1'600'000'000)};
  runtime::Keyring keyring_ = runtime::Keyring::Random();
  std::unique_ptr<Authenticator> authenticator_ = testing::Callers::Get().Authenticator(keyring_);
  Limits limits_{{.caller = {.per_second = 1, .burst = 1}}};
  CallEnvironment environment_{.options = options_,
                               .executor = executor_,
                               .clock = clock_,
                               .authenticator = *authenticator_,
                               .limits = limits_};
  Arrival arrival_;
  std::vector<ServiceTable> tables_ =
      ListTable([](const runtime::Context&, const ListRequest&) { return ListResponse(); });
};

TEST_F(CallTest, TakesTheInstantOfItsArrival) {
  Call call = Unary(arrival_);
  clock_.Set(clock_.Now() + absl::Hours(1));
  EXPECT_EQ(call.context().now(), absl::FromUnixSeconds(1'600'000'000));
  EXPECT_EQ(call.context().method(), kList);
  EXPECT_THAT(call.Prepare(Well), IsOk());
  EXPECT_EQ(call.context().caller().Id(), "service:notifications");
}

TEST_F(CallTest, LimitsDeadlines) {
  const absl::Time before = absl::Now();
  Call without = Unary(arrival_);
  Call stream_without = Stream(arrival_);
  arrival_.deadline = before + absl::Hours(24);
  Call far = Unary(arrival_);
  Call stream_far = Stream(arrival_);
  arrival_.deadline = before + absl::Seconds(1);
  Call near = Unary(arrival_);
  Call stream_near = Stream(arrival_);
  const absl::Time after = absl::Now();

  const auto is_after = [&](absl::Duration limit) {
    return ::testing::AllOf(::testing::Ge(before + limit), ::testing::Le(after + limit));
  };
  EXPECT_THAT(without.context().deadline(), is_after(absl::Seconds(5)));
  EXPECT_THAT(far.context().deadline(), is_after(absl::Seconds(30)));
  EXPECT_EQ(near.context().deadline(), arrival_.deadline);
  EXPECT_THAT(stream_without.context().deadline(), is_after(absl::Minutes(15)));
  EXPECT_THAT(stream_far.context().deadline(), is_after(absl::Minutes(15)));
  EXPECT_EQ(stream_near.context().deadline(), arrival_.deadline);
}

TEST_F(CallTest, GoesOnWithTheTrace) {
  arrival_.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  Call call = Unary(arrival_);
  EXPECT_EQ(call.context().trace().trace_id, "0af7651916cd43dd8448eb211c80319c");
  EXPECT_NE(call.context().trace().span_id, "b7ad6b7169203331");
}

TEST_F(CallTest, DropsWorkThatNobodyWaitsFor) {
  Call cancelled = Unary(arrival_);
  cancelled.context().Cancel();
  EXPECT_THAT(cancelled.Prepare(Well), HasReason(types::v1::ERROR_REASON_CALL_CANCELLED));
  arrival_.deadline = absl::Now();
  EXPECT_THAT(Unary(arrival_).Prepare(Well), HasReason(types::v1::ERROR_REASON_DEADLINE_PASSED));
}

TEST_F(CallTest, AsksWhoCallsBeforeItLooksAtTheBytes) {
  bool parsed = false;
  const auto parse = [&parsed](google::protobuf::Message& /*message*/) { return parsed = true; };
  arrival_.credentials = {.authorization = {"nonsense"}};
  EXPECT_THAT(Unary(arrival_).Prepare(parse), HasReason(types::v1::ERROR_REASON_TOKEN_INVALID));
  arrival_.address = "192.0.2.2";
  arrival_.credentials = {};
  EXPECT_THAT(Unary(arrival_).Prepare(parse), HasReason(types::v1::ERROR_REASON_NOT_IDENTIFIED));
  arrival_.credentials = Bearer("person an@example.org");
  EXPECT_THAT(Unary(arrival_).Prepare(parse), HasReason(types::v1::ERROR_REASON_ROLE_NOT_ALLOWED));
  EXPECT_FALSE(parsed);
}

TEST_F(CallTest, CountsTheCallsOfACaller) {
  arrival_.credentials = Bearer("team reporting");
  EXPECT_THAT(Unary(arrival_).Prepare(Well), IsOk());
  EXPECT_THAT(Unary(arrival_).Prepare(Well), HasReason(types::v1::ERROR_REASON_RATE_LIMITED));
}

TEST_F(CallTest, CountsWhatItRefuses) {
  arrival_.credentials = Bearer("person an@example.org");
  EXPECT_THAT(Unary(arrival_).Prepare(Well), HasReason(types::v1::ERROR_REASON_ROLE_NOT_ALLOWED));
  EXPECT_THAT(Unary(arrival_).Prepare(Well), HasReason(types::v1::ERROR_REASON_RATE_LIMITED));
}

TEST_F(CallTest, CountsCredentialsThatAreNoGoodWithTheirHost) {
  arrival_.credentials = {.authorization = {"nonsense"}};
  EXPECT_THAT(Unary(arrival_).Prepare(Well), HasReason(types::v1::ERROR_REASON_TOKEN_INVALID));
  arrival_.credentials = Bearer("team reporting");
  EXPECT_THAT(Unary(arrival_).Prepare(Well), HasReason(types::v1::ERROR_REASON_RATE_LIMITED));
  arrival_.address = "192.0.2.2";
  EXPECT_THAT(Unary(arrival_).Prepare(Well), IsOk());
}

TEST_F(CallTest, CountsWhatServicesPassOnWithNoHost) {
  arrival_.credentials.authorization = {"nonsense"};
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Unary(arrival_).Prepare(Well), HasReason(types::v1::ERROR_REASON_TOKEN_INVALID));
  }
}

// A grant ends while a team listens.
TEST_F(CallTest, IsAllowedOnlyAsLongAsTheGrantLasts) {
  arrival_.credentials = Bearer("team reporting");
  Call call = Unary(arrival_);
  EXPECT_THAT(call.Prepare(Well), IsOk());
  EXPECT_THAT(call.CheckStill(), IsOk());
  clock_.Set(absl::FromCivil(absl::CivilYear(3000), absl::UTCTimeZone()));
  EXPECT_THAT(call.CheckStill(), HasReason(types::v1::ERROR_REASON_NOT_GRANTED));
}

TEST_F(CallTest, ParsesAndValidates) {
  EXPECT_THAT(Unary(arrival_).Prepare([](google::protobuf::Message&) { return false; }),
              HasReason(types::v1::ERROR_REASON_MALFORMED));
  EXPECT_THAT(Unary(arrival_).Prepare([](google::protobuf::Message& m) {
    static_cast<ListRequest&>(m).set_page_size(-1);
    return true;
  }),
              HasReason(types::v1::ERROR_REASON_FIELD_INVALID));
  EXPECT_THAT(Unary(arrival_).Prepare(Well), IsOk());
}

TEST_F(CallTest, LetsNoErrorOutWithoutAReason) {
  Call call = Unary(arrival_);
  EXPECT_THAT(call.Conclude(absl::OkStatus()), IsOk());
  EXPECT_THAT(call.Conclude(absl::UnknownError("?")),
              HasReason(types::v1::ERROR_REASON_INTERNAL_FAULT));
  EXPECT_THAT(call.Conclude(absl::NotFoundError("?")),
              testing::HasMetadata("trace_id", call.context().trace().trace_id));
  EXPECT_THAT(call.Conclude(errors::Error(types::v1::ERROR_REASON_CONFLICT, "again")),
              HasCode(absl::StatusCode::kAborted));
}

TEST_F(CallTest, TellsOfDenialsAndOfNothingElse) {
  std::vector<std::string> told;
  options_.denied = [&told](const Denial& denial) {
    told.push_back(absl::StrCat(denial.caller, " ", denial.reason));
  };
  const auto conclude = [&](const Credentials& credentials) {
    arrival_.credentials = credentials;
    arrival_.address = absl::StrCat("192.0.2.", told.size());
    Call call = Unary(arrival_);
    return call.Conclude(call.Prepare(Well)).ok();
  };
  EXPECT_TRUE(conclude(arrival_.credentials));
  EXPECT_FALSE(conclude({.authorization = {"nonsense"}}));
  EXPECT_FALSE(conclude(Bearer("staff devos")));
  EXPECT_TRUE(conclude(Bearer("team reporting")));
  EXPECT_FALSE(conclude(Bearer("team reporting"))) << "more than its rate";
  EXPECT_THAT(told,
              ::testing::ElementsAre("anonymous TOKEN_INVALID", "staff:devos ROLE_NOT_ALLOWED"));
}

}  // namespace
}  // namespace scharnier::rpc
