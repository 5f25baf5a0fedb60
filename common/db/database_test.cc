#include "common/db/database.h"

#include <atomic>
#include <latch>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/synchronization/notification.h"
#include "common/db/thing_test.h"
#include "common/runtime/metrics.h"
#include "common/testing/eventually.h"

namespace scharnier::db {
namespace {

using ::testing::Each;
using ::testing::Field;
using testing::HasMetadata;
using testing::HasReason;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAnd;

class DatabaseTest : public ThingTest {
 protected:
  DatabaseTest() {
    postgres_.Sql("ALTER DATABASE " + DatabaseName() + " SET deadlock_timeout = '50ms'");
  }

  std::string DatabaseName() { return postgres_.Sql("SELECT current_database()")[0]; }
};

TEST_F(DatabaseTest, ARequestHasOneEffectAmongTwelveAtOnce) {
  const auto request = Request("a");
  std::vector<absl::StatusOr<Thing>> answers(12, absl::UnknownError("not run"));
  std::atomic<int> effects = 0;
  std::vector<std::thread> threads;
  for (auto& answer : answers) {
    threads.emplace_back([&] {
      const runtime::Context ctx = Call();
      answer = database_.Write(
          ctx, request,
          [&](Tx& tx) -> absl::StatusOr<Thing> {
            ++effects;
            RETURN_IF_ERROR(tx.Exec(kInsertThing, "a").status());
            return Thing{"a"};
          },
          [](Tx& tx, const std::string& name) -> absl::StatusOr<Thing> {
            EXPECT_EQ(name, "a");
            return tx.One(kListThings, ThingFromRow);
          });
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_THAT(answers, Each(IsOkAnd(Field(&Thing::id, "a"))));
  EXPECT_EQ(effects, 1);
  EXPECT_THAT(Count(), IsOkAnd(1));
}

TEST_F(DatabaseTest, ARepetitionAnswersWithTheResourceAsItIsNow) {
  const auto request = Request("a");
  const runtime::Context ctx = Call();
  ASSERT_THAT(Make(database_, ctx, request), IsOk());
  ASSERT_THAT(database_.Transact(ctx, [](Tx& tx) { return tx.Exec(kGrowThing, "a", 5); }), IsOk());
  int64_t size = 0;
  const auto again = database_.Write(
      ctx, request,
      [](Tx&) -> absl::StatusOr<Thing> { return absl::UnknownError("second effect"); },
      [&](Tx& tx, const std::string& name) -> absl::StatusOr<Thing> {
        ASSIGN_OR_RETURN(
            size, tx.One(kListThings, [](const Row& row) { return row.Get<int64_t>("size"); }));
        return Thing{name};
      });
  EXPECT_THAT(again, IsOkAnd(Field(&Thing::id, "a")));
  EXPECT_EQ(size, 5);
}

TEST_F(DatabaseTest, AnotherBodyUnderTheSameRequestIdIsRefused) {
  auto request = Request("a");
  const runtime::Context ctx = Call();
  ASSERT_THAT(Make(database_, ctx, request), IsOk());
  request.set_name("b");
  const auto reused = Make(database_, ctx, request);
  EXPECT_THAT(reused, HasReason(types::v1::ERROR_REASON_REQUEST_ID_REUSED));
  EXPECT_THAT(reused, testing::HasField("request_id"));
  EXPECT_THAT(Count(), IsOkAnd(1));
}

TEST_F(DatabaseTest, ARefusalIsNotRemembered) {
  const auto request = Request("a");
  const runtime::Context ctx = Call();
  const auto refused = database_.Write(
      ctx, request,
      [](Tx& tx) -> absl::StatusOr<Thing> {
        RETURN_IF_ERROR(tx.Exec(kInsertThing, "a").status());
        return absl::FailedPreconditionError("not now");
      },
      [](Tx&, const std::string& name) -> absl::StatusOr<Thing> { return Thing{name}; });
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Count(), IsOkAnd(0));
  EXPECT_EQ(postgres_.Sql("SELECT count(*) FROM request_log")[0], "0");
  EXPECT_THAT(Make(database_, ctx, request), IsOk());
}

TEST_F(DatabaseTest, ADeadlockIsRepeated) {
  postgres_.Sql("INSERT INTO thing (id) VALUES ('a'), ('b')");
  std::latch both(2);  // until each has its first lock
  std::atomic<int> attempts = 0;
  const auto grow = [&](const char* first, const char* second) {
    const runtime::Context ctx = Call();
    bool waited = false;
    return database_.Transact(ctx, [&](Tx& tx) -> absl::Status {
      ++attempts;
      RETURN_IF_ERROR(tx.Exec(kGrowThing, first, 1).status());
      if (!waited) {
        waited = true;
        both.arrive_and_wait();
      }
      return tx.Exec(kGrowThing, second, 1).status();
    });
  };
  absl::Status other;
  std::thread thread([&] { other = grow("b", "a"); });
  const absl::Status mine = grow("a", "b");
  thread.join();
  EXPECT_THAT(mine, IsOk());
  EXPECT_THAT(other, IsOk());
  EXPECT_GE(attempts, 3);
  EXPECT_THAT(postgres_.Sql("SELECT DISTINCT size FROM thing"), ::testing::ElementsAre("2"));
}

TEST_F(DatabaseTest, ALockThatIsNotFreedIsAConflictAfterThreeRepetitions) {
  DatabaseOptions hasty = postgres_.options();
  hasty.lock_timeout = absl::Milliseconds(20);
  Database hasty_database(hasty);
  postgres_.Sql("INSERT INTO thing (id) VALUES ('a')");
  int attempts = 0;
  const runtime::Context ctx = Call();
  const absl::Status held = database_.Transact(ctx, [&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Exec(kGrowThing, "a", 1).status());
    return hasty_database.Transact(ctx, [&](Tx& other) {
      ++attempts;
      return other.Exec(kGrowThing, "a", 1).status();
    });
  });
  EXPECT_THAT(held, HasReason(types::v1::ERROR_REASON_CONFLICT));
  EXPECT_EQ(attempts, 4);
}

TEST_F(DatabaseTest, ADeadlineShorterThanTheTimeoutBoundsStatements) {
  static constexpr Query kSleep = {"Sleep", "SELECT pg_sleep(60)"};
  static constexpr Query kTimeout = {"Timeout", "SHOW statement_timeout"};
  const runtime::Context soon = Call(absl::Milliseconds(100));
  EXPECT_THAT(database_.Transact(soon, [](Tx& tx) { return tx.Exec(kSleep).status(); }),
              HasReason(types::v1::ERROR_REASON_DEADLINE_PASSED));
  // The setting went with the transaction.
  const runtime::Context ctx = Call();
  EXPECT_THAT(database_.Transact(ctx,
                                 [](Tx& tx) {
                                   return tx.One(kTimeout, [](const Row& row) {
                                     return row.Get<std::string>("statement_timeout");
                                   });
                                 }),
              IsOkAnd("5s"));
}

TEST_F(DatabaseTest, ACallThatNobodyWaitsForIsNotRunOrCommitted) {
  const runtime::Context late = Call(-absl::Seconds(1));
  EXPECT_THAT(Make(database_, late, Request("a")),
              HasReason(types::v1::ERROR_REASON_DEADLINE_PASSED));
  runtime::Context cancelled = Call();
  const absl::Status status = database_.Transact(cancelled, [&](Tx& tx) -> absl::Status {
    const absl::Status inserted = tx.Exec(kInsertThing, "a").status();
    cancelled.Cancel();
    return inserted;
  });
  EXPECT_THAT(status, HasReason(types::v1::ERROR_REASON_CALL_CANCELLED));
  EXPECT_THAT(Count(), IsOkAnd(0));
}

TEST_F(DatabaseTest, ASnapshotSeesTheSameRowsThroughoutAndOnlyReads) {
  const runtime::Context ctx = Call();
  const auto counts = database_.Snapshot(ctx, [&](Tx& tx) -> absl::StatusOr<std::vector<int64_t>> {
    ASSIGN_OR_RETURN(const int64_t before, tx.One(kCountThings, CountFromRow));
    RETURN_IF_ERROR(
        database_.Transact(ctx, [](Tx& other) { return other.Exec(kInsertThing, "a"); }).status());
    ASSIGN_OR_RETURN(const int64_t after, tx.One(kCountThings, CountFromRow));
    return std::vector<int64_t>{before, after};
  });
  EXPECT_THAT(counts, IsOkAnd(::testing::ElementsAre(0, 0)));
  EXPECT_THAT(Count(), IsOkAnd(1));
  EXPECT_THAT(database_.Snapshot(ctx, [](Tx& tx) { return tx.Exec(kInsertThing, "b"); }),
              HasReason(types::v1::ERROR_REASON_INTERNAL_FAULT));
}

TEST_F(DatabaseTest, APoolThatIsUsedUpWaitsUntilTheDeadline) {
  DatabaseOptions options = postgres_.options();
  options.pool_size = 1;
  Database small(options);
  const runtime::Context ctx = Call();
  const absl::Status outer = small.Read(ctx, [&](Tx&) {
    const runtime::Context soon = Call(absl::Milliseconds(50));
    return small.Read(soon, [](Tx&) { return absl::OkStatus(); });
  });
  EXPECT_THAT(outer, HasReason(types::v1::ERROR_REASON_DEADLINE_PASSED));

  // One that is given back in time reaches the caller that waits.
  absl::Notification begun;
  std::thread waiter;
  absl::Status waited;
  ASSERT_THAT(small.Read(ctx,
                         [&](Tx&) {
                           waiter = std::thread([&] {
                             begun.Notify();
                             waited = small.Read(
                                 ctx, [](Tx& tx) { return tx.Exec(kCountThings).status(); });
                           });
                           begun.WaitForNotification();
                           return absl::OkStatus();
                         }),
              IsOk());
  waiter.join();
  EXPECT_THAT(waited, IsOk());
}

TEST_F(DatabaseTest, ManyThreadsShareFewConnections) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const runtime::Context ctx = Call();
        EXPECT_THAT(Make(database_, ctx, Request(absl::StrCat(t, "/", i))), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_THAT(Count(), IsOkAnd(320));
  EXPECT_LE(
      std::stoi(postgres_.Sql("SELECT count(*) FROM pg_stat_activity"
                              " WHERE datname = current_database() AND usename = 'svc_things'")[0]),
      postgres_.options().pool_size);
}

TEST_F(DatabaseTest, ChecksItselfAndTheClock) {
  EXPECT_THAT(database_.Check(false), IsOk());
  EXPECT_THAT(database_.Check(true), IsOk());
  // A server whose clock is an hour ahead, as far as the query can tell.
  postgres_.Sql(
      "CREATE FUNCTION things.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS"
      " 'SELECT pg_catalog.now() + interval ''1 h'''");
  DatabaseOptions options = postgres_.options();
  options.schema = "things,pg_catalog";
  Database ahead(options);
  EXPECT_EQ(ahead.Check(false).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(ahead.Check(true), IsOk());
}

TEST_F(DatabaseTest, ANewConnectionTakesAPasswordThatWasChanged) {
  const std::string role = DatabaseName() + "_rotated";
  std::string password = "first";
  postgres_.Sql("CREATE ROLE " + role + " LOGIN PASSWORD 'first'");
  DatabaseOptions options = postgres_.options();
  options.url += "&user=" + role;
  options.password = [&] { return password; };
  Database rotated(options);
  EXPECT_THAT(rotated.Check(false), IsOk());
  postgres_.Sql("ALTER ROLE " + role + " PASSWORD 'second'");
  const auto lose_connections = [&] {
    postgres_.Sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" +
                  role + "'");
  };
  lose_connections();
  EXPECT_FALSE(rotated.Check(false).ok()) << "the server takes any password";
  password = "second";
  EXPECT_TRUE(testing::Eventually([&] { return rotated.Check(false).ok(); }));
}

TEST_F(DatabaseTest, ARoleThatIsTooPowerfulIsNotReady) {
  const std::string role = DatabaseName() + "_mighty";
  postgres_.Sql("CREATE ROLE " + role + " LOGIN PASSWORD '" + postgres_.options().password() + "'");
  DatabaseOptions options = postgres_.options();
  options.url += "&user=" + role;
  Database mighty(options);
  EXPECT_THAT(mighty.Check(false), IsOk());
  const struct {
    const char* give;
    const char* take;
    const char* said;
  } cases[] = {
      {"ALTER ROLE %s SUPERUSER", "ALTER ROLE %s NOSUPERUSER", "it is a superuser"},
      {"ALTER ROLE %s CREATEDB", "ALTER ROLE %s NOCREATEDB", "it may create databases"},
      {"ALTER ROLE %s CREATEROLE", "ALTER ROLE %s NOCREATEROLE", "it may create roles"},
      {"ALTER ROLE %s REPLICATION", "ALTER ROLE %s NOREPLICATION", "it may replicate"},
      {"ALTER ROLE %s BYPASSRLS", "ALTER ROLE %s NOBYPASSRLS", "it passes by row-level security"},
      {"GRANT pg_monitor TO %s", "REVOKE pg_monitor FROM %s", "it is a member of pg_monitor"},
      {"ALTER TABLE thing OWNER TO %s", "ALTER TABLE thing OWNER TO CURRENT_USER", "it owns thing"},
      {"GRANT CREATE ON SCHEMA things TO %s", "REVOKE CREATE ON SCHEMA things FROM %s",
       "it may create in schema things"},
      {"GRANT CREATE ON SCHEMA public TO PUBLIC", "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
       "it may create in schema public"},
      {"DO 'BEGIN EXECUTE format($q$GRANT CREATE ON DATABASE %%I TO %s$q$, current_database()); "
       "END'",
       "DO 'BEGIN EXECUTE format($q$REVOKE CREATE ON DATABASE %%I FROM %s$q$, current_database()); "
       "END'",
       "it may create schemas"},
  };
  for (const auto& [give, take, said] : cases) {
    const auto run = [&](const std::string& statement) {
      postgres_.Sql(absl::StrReplaceAll(statement, {{"%s", role}, {"%%", "%"}}));
    };
    run(give);
    const absl::Status status = mighty.Check(false);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << give;
    EXPECT_THAT(std::string(status.message()),
                ::testing::AllOf(HasSubstr("too powerful: "), HasSubstr(said)));
    run(take);
    EXPECT_THAT(mighty.Check(false), IsOk()) << take;
  }
  postgres_.Sql("DROP ROLE " + role);
}

// deploy/database says it once more, for whoever else has the role's password.
TEST_F(DatabaseTest, ConnectionsHaveTheSettingsOfTheirRole) {
  static constexpr Query kDiffering = {"Differing", R"sql(
    SELECT count(*) AS settings,
           string_agg(name || ' is ' || current_setting(name) || ', not ' || value, '; ')
             FILTER (WHERE replace(current_setting(name), ' ', '') <> replace(value, ' ', '')) AS differing
    FROM pg_roles, unnest(rolconfig) AS setting, split_part(setting, '=', 1) AS name,
         split_part(setting, '=', 2) AS value
    WHERE rolname = current_user)sql"};
  const runtime::Context ctx = Call();
  EXPECT_THAT(database_.Read(ctx,
                             [](Tx& tx) {
                               return tx.One(kDiffering, [](const Row& row) {
                                 return std::pair(row.Get<int>("settings"),
                                                  row.Get<std::string>("differing"));
                               });
                             }),
              IsOkAnd(::testing::Pair(5, "")));
}

TEST_F(DatabaseTest, AMigrationUnderneathDoesNotDisturb) {
  static constexpr Query kAll = {"ReadWholeThings", "TABLE thing"};
  const runtime::Context ctx = Call();
  const auto read = [&] {
    return database_.Read(ctx, [](Tx& tx) { return tx.Exec(kAll).status(); });
  };
  ASSERT_THAT(read(), IsOk());
  postgres_.Sql("ALTER TABLE thing ADD COLUMN colour text");
  EXPECT_THAT(read(),
              IsOk());  // "cached plan must not change result type" is met with a new connection
}

TEST_F(DatabaseTest, PlansDoNotDependOnHowSmallATableWas) {
  static constexpr Query kExplain = {"Explain", "EXPLAIN SELECT size FROM thing WHERE id = 'a'"};
  const runtime::Context ctx = Call();
  EXPECT_THAT(database_.Read(ctx,
                             [](Tx& tx) {
                               return tx.One(kExplain, [](const Row& row) {
                                 return row.Get<std::string>("\"QUERY PLAN\"");
                               });
                             }),
              IsOkAnd(::testing::StartsWith("Index Scan")));
}

TEST_F(DatabaseTest, ShowsItsMetrics) {
  EXPECT_THAT(Count(), IsOkAnd(0));
  const std::string metrics = metrics::Render();
  EXPECT_THAT(metrics, ::testing::HasSubstr("db_query_seconds_count{query=\"CountThings\"}"));
  EXPECT_THAT(metrics, ::testing::HasSubstr("db_pool_connections{state=\"idle\"} 1"));
  EXPECT_THAT(metrics, ::testing::HasSubstr("db_pool_connections{state=\"busy\"} 0"));
  EXPECT_THAT(metrics, ::testing::HasSubstr("db_pool_wait_seconds_count"));
}

TEST_F(DatabaseTest, WrongCredentialsAreADependencyThatIsAway) {
  DatabaseOptions options = postgres_.options();
  options.url = "postgresql://nobody_of_that_name@127.0.0.1:1/nothing";
  Database away(options);
  const runtime::Context ctx = Call();
  const absl::Status status = away.Read(ctx, [](Tx&) { return absl::OkStatus(); });
  EXPECT_THAT(status, HasReason(types::v1::ERROR_REASON_DEPENDENCY_AWAY));
  EXPECT_THAT(status, HasMetadata("dependency", "database"));
}

}  // namespace
}  // namespace scharnier::db
