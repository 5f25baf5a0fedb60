#include "common/jobs/jobs.h"

#include <atomic>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/jobs/house_jobs.h"
#include "common/jobs/sql/all.sql.h"
#include "common/runtime/metrics.h"
#include "common/testing/matchers.h"
#include "common/testing/postgres.h"
#include "gmock/gmock.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::jobs {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using testing::IsOk;

class JobsTest : public ::testing::Test {
 protected:
  testing::TestDatabase postgres_{"jobs", {}};
  db::Database database_{postgres_.options()};
  runtime::ManualClock clock_{absl::FromUnixSeconds(1600000000)};
};

TEST_F(JobsTest, EveryQueryIsPreparedAndAllowed) {
  EXPECT_THAT(testing::PrepareAll(postgres_, sql::All()), ::testing::IsEmpty());
}

TEST_F(JobsTest, RunsWhatIsDueByTheInjectedClock) {
  std::atomic<int> runs = 0;
  absl::Notification first;
  absl::Notification second;
  Runner runner(database_, clock_);
  runner.Add({.name = "count", .every = absl::Hours(1), .run = [&](const runtime::Context& ctx) {
                EXPECT_EQ(ctx.now(), clock_.Now());
                EXPECT_EQ(ctx.method(), "count");
                EXPECT_EQ(ctx.caller().Id(), "service:jobs");
                (++runs == 1 ? first : second).Notify();
                return absl::OkStatus();
              }});
  // A second job tells that the runner has looked again without running the first.
  absl::Notification looked_again;
  std::atomic<int> looks = 0;
  runner.Add({.name = "look", .every = absl::ZeroDuration(), .run = [&](const runtime::Context&) {
                if (++looks == 3) {
                  looked_again.Notify();
                }
                return absl::UnavailableError("fails each time, and is run again");
              }});
  runner.Start();
  first.WaitForNotification();
  looked_again.WaitForNotification();
  EXPECT_EQ(runs, 1);
  clock_.Set(clock_.Now() + absl::Hours(1));
  second.WaitForNotification();
}

TEST_F(JobsTest, OneReplicaRunsAJobAtATime) {
  Runner one(database_, clock_);
  Runner other(database_, clock_);
  int other_runs = 0;
  absl::Status meanwhile;
  other.Add({.name = "job", .every = absl::Hours(1), .run = [&](const runtime::Context&) {
               ++other_runs;
               return absl::OkStatus();
             }});
  one.Add({.name = "job", .every = absl::Hours(1), .run = [&](const runtime::Context&) {
             meanwhile = other.RunNow("job");
             return absl::OkStatus();
           }});
  EXPECT_THAT(one.RunNow("job"), IsOk());
  EXPECT_THAT(meanwhile, HasReason(types::v1::ERROR_REASON_CONFLICT));
  EXPECT_EQ(other_runs, 0);
  EXPECT_THAT(other.RunNow("job"), IsOk());  // it was given back
  EXPECT_EQ(other_runs, 1);
}

TEST_F(JobsTest, TheLeaseOfAReplicaThatDiedEnds) {
  postgres_.Sql(
      "INSERT INTO job (name, lease_owner, lease_until)"
      " VALUES ('job', gen_random_uuid(), now() + interval '1 min')");
  Runner runner(database_, clock_);
  runner.Add({.name = "job", .every = absl::Hours(1), .run = [](const runtime::Context&) {
                return absl::OkStatus();
              }});
  EXPECT_THAT(runner.RunNow("job"), HasReason(types::v1::ERROR_REASON_CONFLICT));
  postgres_.Sql("UPDATE job SET lease_until = now() - interval '1 ms'");
  EXPECT_THAT(runner.RunNow("job"), IsOk());
  EXPECT_THAT(postgres_.Sql("SELECT lease_owner IS NULL, last_run FROM job"), ElementsAre("t"));
  EXPECT_THAT(postgres_.Sql("SELECT extract(epoch FROM last_run)::bigint FROM job"),
              ElementsAre("1600000000"));
}

TEST_F(JobsTest, RunNowPassesTheErrorOnAndRunsAreCounted) {
  Runner runner(database_, clock_);
  runner.Add({.name = "counted", .every = absl::Hours(1), .run = [](const runtime::Context&) {
                return absl::DataLossError("lost");
              }});
  EXPECT_EQ(runner.RunNow("counted"), absl::DataLossError("lost"));
  EXPECT_EQ(runner.RunNow("counted"), absl::DataLossError("lost"));
  EXPECT_THAT(runner.RunNow("other"), HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  EXPECT_THAT(metrics::Render(),
              ::testing::HasSubstr(R"(job_runs_total{job_name="counted",outcome="failed"} 2)"));
}

TEST_F(JobsTest, DestructionStopsARunningJob) {
  absl::Notification begun;
  bool cancelled = false;
  {
    Runner runner(database_, clock_);
    runner.Add({.name = "job", .every = absl::Hours(1), .run = [&](const runtime::Context& ctx) {
                  begun.Notify();
                  while (!ctx.expired()) {
                    absl::SleepFor(absl::Milliseconds(1));
                  }
                  cancelled = ctx.cancelled();
                  return absl::OkStatus();
                }});
    runner.Start();
    begun.WaitForNotification();
  }
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(postgres_.Sql("SELECT count(*) FROM job WHERE lease_until IS NOT NULL")[0], "0");
}

TEST_F(JobsTest, TheRequestLogForgetsAfterSevenDays) {
  postgres_.Sql(
      "INSERT INTO request_log (caller, rpc, request_id, fingerprint, at)"
      " SELECT 'staff:devos', 'x', gen_random_uuid(), '',"
      "        now() - CASE WHEN i <= 2500 THEN interval '7 days 1 min' ELSE interval '6 days 23 "
      "h' END"
      " FROM generate_series(1, 2503) AS i");
  Runner runner(database_, clock_);
  AddHouseJobs(runner, database_, absl::Hours(24));
  EXPECT_THAT(runner.RunNow("purge_request_log"), IsOk());
  EXPECT_EQ(postgres_.Sql("SELECT count(*) FROM request_log")[0], "3");
}

TEST_F(JobsTest, TheFeedForgetsWhatIsOldButTheCountOfEachResource) {
  // Three resources with two changes each, a day apart; the clock stands a day after the last.
  postgres_.Sql(
      absl::StrCat("INSERT INTO change (id, source, aggregatetype, aggregateid, seq, type, "
                   "subject, time, audience,"
                   "                    payload, generation, pos)"
                   " SELECT gen_random_uuid(), 's', 'thing', (i % 3)::text, 1 + i / 3, 't', 'x',"
                   "        to_timestamp(",
                   absl::ToUnixSeconds(clock_.Now()),
                   ") - (6 - i) * interval '1 day',"
                   "        'PUBLIC', '', (SELECT generation FROM feed), i + 1"
                   " FROM generate_series(0, 5) AS i"));
  postgres_.Sql("UPDATE feed SET last_pos = 6");
  Runner runner(database_, clock_);
  AddHouseJobs(runner, database_, absl::Hours(36));
  ASSERT_THAT(runner.RunNow("forget_changes"), IsOk());
  EXPECT_THAT(postgres_.Sql("SELECT first_pos FROM feed"), ElementsAre("6"));
  EXPECT_THAT(postgres_.Sql("SELECT pos FROM change ORDER BY pos"), ElementsAre("4", "5", "6"))
      << "the last of each resource stays";
  clock_.Set(clock_.Now() + absl::Hours(48));
  ASSERT_THAT(runner.RunNow("forget_changes"), IsOk());
  EXPECT_THAT(postgres_.Sql("SELECT first_pos FROM feed"), ElementsAre("7"));
  EXPECT_THAT(postgres_.Sql("SELECT count(*) FROM change"), ElementsAre("3"));
}

}  // namespace
}  // namespace scharnier::jobs
