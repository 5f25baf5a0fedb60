#include "common/changes/subscriber.h"

#include <atomic>
#include <mutex>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "common/changes/test_feed.h"
#include "common/errors/errors.h"
#include "common/runtime/metrics.h"
#include "common/testing/callers.h"
#include "common/testing/eventually.h"
#include "common/testing/matchers.h"
#include "common/testing/server.h"
#include "gmock/gmock.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::changes {
namespace {

using ::scharnier::testing::Eventually;
using ::scharnier::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The events service with a server of its own, and a consumer whose effect is a row a change.
class SubscriberTest : public ::testing::Test {
 protected:
  SubscriberTest() {
    consumer_.Sql(
        "CREATE TABLE effect (o bigint GENERATED ALWAYS AS IDENTITY, id text, subject text, "
        "seq bigint)");
    consumer_.Sql("GRANT INSERT, SELECT ON effect TO svc_notifications");
    rpc::ServiceTable table("scharnier.events.v1.ChangeService");
    feed_.AddTo(table);
    std::vector<rpc::ServiceTable> tables;
    tables.push_back(std::move(table));
    server_.Start(std::move(tables));
  }
  ~SubscriberTest() override {
    feed_.StopWaiting();
    server_.Stop();
  }

  // A subscriber and the client that it uses, which is shut down first.
  struct Running {
    std::unique_ptr<rpc::Client> client;
    std::unique_ptr<Subscriber> subscriber;
    ~Running() {
      client->Shutdown();
      subscriber.reset();
    }
  };
  using TakeCopy = std::function<absl::StatusOr<Subscriber::Copy>(const runtime::Context&)>;
  std::unique_ptr<Running> Start(Subscriber::Apply apply, int page_size = 20,
                                 TakeCopy copy = nullptr) {
    auto running = std::make_unique<Running>();
    running->client = std::make_unique<rpc::Client>(rpc::ClientOptions{
        .target = server_.address(), .tls = testing::Callers::Get().Tls("service notifications")});
    running->subscriber =
        std::make_unique<Subscriber>(database_, *running->client, server_.clock(),
                                     Subscriber::Options{.source = "events",
                                                         .copy = std::move(copy),
                                                         .page_size = page_size,
                                                         .wait = absl::Seconds(1),
                                                         .retry_delay = absl::Milliseconds(5),
                                                         .attempts = 3},
                                     std::move(apply));
    return running;
  }

  static absl::Status Effect(const runtime::Context&, db::Tx& tx, const v1::Change& change) {
    static constexpr db::Query kInsert = {
        "InsertEffect", "INSERT INTO effect (id, subject, seq) VALUES ($1, $2, $3::bigint)"};
    return tx.Exec(kInsert, change.id(), change.subject(), change.sequence()).status();
  }

  // Writes one change of each, in a transaction each, and numbers them.
  void Write(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      ASSERT_THAT(events_.Write({name}), IsOk());
    }
    ASSERT_THAT(feed_.SequenceNow(*ContextOf(options::v1::ROLE_SERVICE)), IsOk());
  }
  // Waits until the cursor has got to `position`.
  void AwaitCursor(int64_t position) {
    const std::vector<std::string> expected = {absl::StrCat(position)};
    std::vector<std::string> found;
    ASSERT_TRUE(Eventually([&] {
      found = consumer_.Sql("SELECT pos FROM cursor WHERE source = 'events'");
      return found == expected;
    })) << "the cursor stands at "
        << absl::StrJoin(found, ",");
  }
  std::vector<std::string> Effects() {
    return consumer_.Sql("SELECT subject || ' ' || seq FROM effect ORDER BY o");
  }
  // Every change had its effect once, in order.
  void ExpectAllOnce() {
    EXPECT_EQ(consumer_.Sql("SELECT id FROM effect ORDER BY o"),
              events_.postgres.Sql("SELECT id FROM change ORDER BY pos"));
  }

  TestService events_;
  testing::TestDatabase consumer_{"notifications", {}};
  db::Database database_{consumer_.options()};
  testing::TestServer server_;
  Feed feed_{events_.database, server_.executor(), {.interval = absl::Milliseconds(20)}};
};

TEST_F(SubscriberTest, HasTheEffectOfEachChangeOnce) {
  const std::vector<std::string> names = {TestService::NewName(), TestService::NewName()};
  Write({names[0], names[1], names[0]});
  std::mutex mutex;
  std::vector<std::string> callers;
  const auto running =
      Start([&](const runtime::Context& ctx, db::Tx& tx, const v1::Change& change) {
        {
          const std::lock_guard lock(mutex);
          callers.push_back(ctx.caller().Id());
          EXPECT_EQ(ctx.now(), server_.clock().Now());
          EXPECT_EQ(ctx.trace().trace_id, runtime::StartSpan(change.traceparent()).trace_id);
        }
        return Effect(ctx, tx, change);
      });
  AwaitCursor(3);
  EXPECT_THAT(Effects(), ElementsAre(names[0] + " 1", names[1] + " 1", names[0] + " 2"));
  // And those that come while it waits.
  Write({names[1]});
  AwaitCursor(4);
  ExpectAllOnce();
  const std::lock_guard lock(mutex);
  EXPECT_THAT(callers,
              ElementsAre("service:events", "service:events", "service:events", "service:events"));
}

TEST_F(SubscriberTest, RepeatsNothingOverFailuresRestartsAndLostConnections) {
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) {
    names.push_back(TestService::NewName());
  }
  Write(names);
  std::mutex mutex;
  std::mt19937 random(7);
  int failures = 0;
  const auto apply = [&](const runtime::Context& ctx, db::Tx& tx, const v1::Change& change) {
    absl::Status status = Effect(ctx, tx, change);
    const std::lock_guard lock(mutex);
    if (status.ok() && random() % 40 == 0) {
      ++failures;
      return absl::UnavailableError("away");
    }
    return status;
  };
  for (const int64_t stop_at : {60, 120, 180, 240, 300}) {
    const auto running = Start(apply);
    ASSERT_TRUE(Eventually([&] {
      return !consumer_.Sql(absl::StrCat("SELECT 1 FROM cursor WHERE pos >= ", stop_at)).empty();
    }));
    consumer_.Sql(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  }
  EXPECT_GT(failures, 0);
  ExpectAllOnce();
  EXPECT_THAT(consumer_.Sql("SELECT count(*) FROM parked"), ElementsAre("0"));
}

TEST_F(SubscriberTest, ParksWhatCannotBeAppliedWithItsResourceWhileOthersFlow) {
  const std::string bad = TestService::NewName();
  const std::string good = TestService::NewName();
  Write({good, bad, good, bad, good});
  std::mutex mutex;
  int tries = 0;
  const auto apply = [&](const runtime::Context& ctx, db::Tx& tx, const v1::Change& change) {
    if (change.subject() == bad && change.sequence() == 1) {
      const std::lock_guard lock(mutex);
      ++tries;
      return static_cast<absl::Status>(errors::Error(types::v1::ERROR_REASON_FIELD_INVALID,
                                                     "an.peeters@example.org is not valid"));
    }
    return Effect(ctx, tx, change);
  };
  {
    const auto running = Start(apply);
    AwaitCursor(5);
    Write({bad, good});
    AwaitCursor(7);
  }
  EXPECT_THAT(Effects(), ElementsAre(good + " 1", good + " 2", good + " 3", good + " 4"));
  // Once with its page, then alone.
  EXPECT_EQ(tries, 1 + 3);
  EXPECT_THAT(
      consumer_.Sql("SELECT subject || ' ' || pos || ' ' || reason FROM parked ORDER BY pos"),
      ElementsAre(bad + " 2 INVALID_ARGUMENT FIELD_INVALID",
                  bad + " 4 an earlier change of this resource is parked",
                  bad + " 6 an earlier change of this resource is parked"));
  EXPECT_THAT(consumer_.Sql("SELECT count(*) FROM parked JOIN feed ON true "
                            "WHERE position(convert_to(subject, 'UTF8') IN change) > 0"),
              ElementsAre("3"));
  EXPECT_THAT(metrics::Render(), HasSubstr("subscriber_parked{source=\"events\"} 3"));

  // Still so after a restart.
  const auto running = Start(apply);
  Write({bad});
  AwaitCursor(8);
  EXPECT_THAT(consumer_.Sql("SELECT count(*) FROM parked"), ElementsAre("4"));
  EXPECT_EQ(tries, 1 + 3);
}

TEST_F(SubscriberTest, LosesNoEffectOfThePageInWhichOneFails) {
  const std::vector<std::string> names = {TestService::NewName(), TestService::NewName(),
                                          TestService::NewName()};
  Write(names);
  // The statement that fails takes the whole transaction with it.
  static constexpr db::Query kFail = {"Fail", "SELECT 1 / $1::int"};
  const auto running =
      Start([&](const runtime::Context& ctx, db::Tx& tx, const v1::Change& change) {
        if (change.subject() == names[1]) {
          return tx.Exec(kFail, 0).status();
        }
        return Effect(ctx, tx, change);
      });
  AwaitCursor(3);
  EXPECT_THAT(Effects(), ElementsAre(names[0] + " 1", names[2] + " 1"));
  EXPECT_THAT(consumer_.Sql("SELECT subject FROM parked"), ElementsAre(names[1]));
}

TEST_F(SubscriberTest, WhatTakesTooLongTogetherIsAppliedOneByOne) {
  Write({TestService::NewName(), TestService::NewName(), TestService::NewName()});
  static constexpr db::Query kCount = {
      "CountOwn", "SELECT count(*)::int AS own FROM effect WHERE xmin = pg_current_xact_id()::xid"};
  const auto running =
      Start([&](const runtime::Context& ctx, db::Tx& tx, const v1::Change& change) -> absl::Status {
        const auto own = tx.One(kCount, [](const db::Row& row) { return row.Get<int>("own"); });
        if (!own.ok() || *own > 0) {
          return absl::DeadlineExceededError("two are too many");
        }
        return Effect(ctx, tx, change);
      });
  AwaitCursor(3);
  ExpectAllOnce();
  EXPECT_TRUE(consumer_.Sql("SELECT subject FROM parked").empty());
}

TEST_F(SubscriberTest, TwoReplicasApplyEachChangeOnce) {
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) {
    names.push_back(TestService::NewName());
  }
  const auto first = Start(Effect, 7);
  const auto second = Start(Effect, 3);
  Write(names);
  AwaitCursor(200);
  ExpectAllOnce();
}

TEST_F(SubscriberTest, BeginsAnewWhereTheSourceDoesNotKnowItsCursor) {
  const std::vector<std::string> names = {TestService::NewName(), TestService::NewName()};
  Write({names[0], names[1]});
  {
    const auto running = Start(Effect);
    AwaitCursor(2);
  }
  consumer_.Sql(
      "INSERT INTO parked (source, generation, pos, subject, change, reason) "
      "SELECT 'events', generation, 2, 'sessions/x', '', 'x' FROM cursor");
  // The source was restored, and keeps less than there was.
  events_.postgres.Sql("UPDATE feed SET generation = gen_random_uuid(), first_pos = 2");
  const auto running = Start(Effect);
  Write({names[0]});
  AwaitCursor(3);
  EXPECT_THAT(Effects(),
              ElementsAre(names[0] + " 1", names[1] + " 1", names[1] + " 1", names[0] + " 2"));
  EXPECT_EQ(consumer_.Sql("SELECT generation FROM cursor"),
            events_.postgres.Sql("SELECT generation FROM feed"));
  EXPECT_THAT(consumer_.Sql("SELECT count(*) FROM parked"), ElementsAre("0"));
}

TEST_F(SubscriberTest, BeginsWithACopyWhereItHasOne) {
  const std::vector<std::string> names = {TestService::NewName(), TestService::NewName()};
  Write({names[0], names[1]});
  const auto copies = [&](int64_t position) {
    return [this, position](const runtime::Context& ctx) -> absl::StatusOr<Subscriber::Copy> {
      EXPECT_TRUE(ctx.caller().is(options::v1::ROLE_SERVICE));
      Subscriber::Copy copy;
      copy.from.set_generation(events_.postgres.Sql("SELECT generation FROM feed")[0]);
      copy.from.set_position(position);
      copy.replace = [position](db::Tx& tx) {
        static constexpr db::Query kDelete = {"DeleteEffects", "DELETE FROM effect"};
        static constexpr db::Query kInsert = {
            "InsertCopy", "INSERT INTO effect (subject, seq) VALUES ('copy', $1)"};
        RETURN_IF_ERROR(tx.Exec(kDelete).status());
        return tx.Exec(kInsert, position).status();
      };
      return copy;
    };
  };
  consumer_.Sql("GRANT DELETE ON effect TO svc_notifications");
  {
    const auto first = Start(Effect, 20, copies(1));
    const auto second = Start(Effect, 20, copies(1));
    AwaitCursor(2);
    EXPECT_THAT(Effects(), ElementsAre("copy 1", names[1] + " 1")) << "one copy for two replicas";
    Write({names[0]});
    AwaitCursor(3);
  }
  // It has missed what the source keeps no more.
  Write({names[1], names[0]});
  events_.postgres.Sql("UPDATE feed SET first_pos = 5");
  const auto running = Start(Effect, 20, copies(4));
  AwaitCursor(5);
  EXPECT_THAT(Effects(), ElementsAre("copy 4", names[0] + " 3"));
}

TEST_F(SubscriberTest, TakesItsCopyAgainUntilItSucceeds) {
  Write({TestService::NewName()});
  std::atomic<int> tries = 0;
  const auto running =
      Start(Effect, 20, [&](const runtime::Context&) -> absl::StatusOr<Subscriber::Copy> {
        if (++tries < 3) {
          return absl::UnavailableError("away");
        }
        Subscriber::Copy copy;
        copy.from.set_generation(events_.postgres.Sql("SELECT generation FROM feed")[0]);
        copy.replace = [](db::Tx&) { return absl::OkStatus(); };
        return copy;
      });
  AwaitCursor(1);
  EXPECT_EQ(tries, 3);
  ExpectAllOnce();
}

TEST_F(SubscriberTest, SaysHowFarBehindItIs) {
  Write({TestService::NewName()});
  const auto running = Start(Effect);
  AwaitCursor(1);
  // The next poll finds nothing new.
  EXPECT_TRUE(Eventually(
      [] { return absl::StrContains(metrics::Render(), "subscriber_lag{source=\"events\"} 0"); }));
}

TEST_F(SubscriberTest, SaysWhenItLastHeardFromTheSource) {
  const auto heard = [] {
    const std::string name = "subscriber_last_read_timestamp_seconds{source=\"events\"} ";
    const std::string rendered = metrics::Render();
    const std::string::size_type at = rendered.find(name);
    int64_t seconds = 0;
    EXPECT_TRUE(at != std::string::npos &&
                absl::SimpleAtoi(rendered.substr(at + name.size(), 10), &seconds));
    return seconds;
  };
  const auto running = Start(Effect);
  Write({TestService::NewName()});
  AwaitCursor(1);
  const int64_t first = heard();
  // It goes on reading: that it began counts no more.
  EXPECT_TRUE(Eventually([&] { return heard() > first + 1; }));
}

}  // namespace
}  // namespace scharnier::changes
