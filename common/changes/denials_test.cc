#include "common/changes/denials.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "common/changes/test_feed.h"
#include "common/runtime/metrics.h"
#include "gmock/gmock.h"

namespace scharnier::changes {
namespace {

using ::testing::ElementsAre;

constexpr char kRequestId[] = "5e3c1c7e-8f9a-4d52-9a07-0d2f5c8e1b11";
constexpr char kReasons[] = "SELECT reason FROM audit ORDER BY id";

class DenialsTest : public ::testing::Test {
 protected:
  // What is written is there when the executor has stopped.
  std::vector<std::string> Written(const std::string& statement = kReasons) {
    executor_.Stop();
    return service_.postgres.Sql(statement);
  }
  static rpc::Denial By(const std::string& caller, const std::string& reason) {
    return {.caller = caller, .key = caller, .method = "Test/Call", .reason = reason};
  }

  // The metric of those that are not written.
  static int LeftOut() {
    const std::string metrics = metrics::Render();
    const std::string name = "\naudit_denials_left_out_total ";
    const size_t found = metrics.find(name);
    return found == std::string::npos ? 0 : std::atoi(metrics.c_str() + found + name.size());
  }

  TestService service_;
  runtime::Executor executor_{1, 1};
};

TEST_F(DenialsTest, AreRowsOfAudit) {
  Denials denials(service_.database, executor_);
  denials.Add({.caller = "person:3f",
               .via = "team:reporting",
               .key = "person:3f",
               .method = "Test/Call",
               .reason = "MANDATE_NEEDED",
               .request_id = kRequestId,
               .resource = "proposals/1",
               .discreet = true,
               .trace = "00-1-2-01"});
  denials.Add(By("anonymous", "NOT_IDENTIFIED"));
  EXPECT_THAT(Written("SELECT concat_ws('|', subject, via, method, request_id, resource, decision, "
                      "discreet, reason, trace, fields, after) FROM audit ORDER BY id"),
              ElementsAre(absl::StrCat("person:3f|team:reporting|Test/Call|", kRequestId,
                                       "|proposals/1|DENIED|t|MANDATE_NEEDED|00-1-2-01|{}|{}"),
                          "anonymous||Test/Call||DENIED|f|NOT_IDENTIFIED||{}|{}"));
}

TEST_F(DenialsTest, AreLimitedForEachCaller) {
  Denials denials(service_.database, executor_, {.caller = {.per_second = 1, .burst = 2}});
  const absl::Time now = absl::Now();
  for (const char* reason : {"1", "2", "3"}) {
    denials.Add(By("an", reason), now);
  }
  denials.Add(By("bo", "of another"), now);
  denials.Add(By("an", "a second later"), now + absl::Seconds(1));
  EXPECT_THAT(Written(), ElementsAre("1", "2", "of another", "a second later"));
}

TEST_F(DenialsTest, AreLimitedInAll) {
  Denials denials(service_.database, executor_, {.all = {.per_second = 1, .burst = 2}});
  const absl::Time now = absl::Now();
  for (const char* who : {"1", "2", "3"}) {
    denials.Add(By(who, who), now);
  }
  denials.Add({.caller = "service:gateway", .reason = "of nobody's key"}, now);
  EXPECT_THAT(Written(), ElementsAre("1", "2"));
}

// So that nobody hides behind those of nobody.
TEST_F(DenialsTest, OfNobodyInParticularLeaveRoomForOthers) {
  Denials denials(
      service_.database, executor_,
      {.anonymous = {.per_second = 1, .burst = 1}, .all = {.per_second = 1, .burst = 1}});
  const int before = LeftOut();
  const absl::Time now = absl::Now();
  for (const char* address : {"192.0.2.1", "192.0.2.2", ""}) {
    denials.Add({.caller = "anonymous", .key = address, .anonymous = true, .reason = "of nobody"},
                now);
  }
  denials.Add(By("an", "of An"), now);
  EXPECT_THAT(Written(), ElementsAre("of nobody", "of An"));
  EXPECT_EQ(LeftOut() - before, 2);
}

TEST_F(DenialsTest, WaitInABoundedQueueForOneTask) {
  absl::Notification begun, go;
  executor_.Submit([&] {
    begun.Notify();
    go.WaitForNotification();
  });
  begun.WaitForNotification();
  Denials denials(service_.database, executor_, {.most_waiting = 2});
  for (const char* who : {"1", "2", "3"}) {
    denials.Add(By(who, who));
  }
  EXPECT_EQ(executor_.queued(), 1) << "one task for all";
  go.Notify();
  EXPECT_THAT(Written(), ElementsAre("1", "2"));
}

TEST_F(DenialsTest, GoOnAfterTheDatabaseWasAway) {
  db::DatabaseOptions nowhere = service_.postgres.options();
  nowhere.url = "postgresql://svc_events@127.0.0.1:1/none";
  db::Database away(nowhere);
  Denials lost(away, executor_);
  lost.Add(By("an", "lost"));
  Denials denials(service_.database, executor_);
  denials.Add(By("an", "kept"));
  EXPECT_THAT(Written(), ElementsAre("kept"));
}

}  // namespace
}  // namespace scharnier::changes
