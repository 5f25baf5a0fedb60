#include "common/db/migrate.h"

#include <thread>

#include "absl/strings/match.h"
#include "common/db/sql/all.sql.h"
#include "common/db/thing_test.h"

namespace scharnier::db {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;

class MigrateTest : public ThingTest {
 protected:
  MigrateOptions Owner(const std::string& schema = "things") {
    MigrateOptions options;
    options.url = postgres_.superuser_url();
    options.url.resize(options.url.find("options="));
    options.url.pop_back();
    options.schema = schema;
    options.role = "svc_things";
    options.audit_role = "audit_things";
    return options;
  }
};

TEST_F(MigrateTest, EveryQueryIsPreparedAndAllowed) {
  EXPECT_THAT(testing::PrepareAll(postgres_, sql::All()), IsEmpty());
  // The check finds something.
  EXPECT_THAT(testing::PrepareAll(postgres_, {{"ReadNothing", "SELECT nothing FROM feed"},
                                              {"ReadAudit", "SELECT id FROM audit WHERE id = $1"}}),
              ::testing::ElementsAre(HasSubstr("nothing"), HasSubstr("permission denied")));
}

TEST_F(MigrateTest, EveryColumnIsTagged) {
  EXPECT_THAT(testing::UntaggedColumns(postgres_), IsEmpty());
  postgres_.Sql("ALTER TABLE thing ADD COLUMN colour text, ADD COLUMN taste text");
  postgres_.Sql("COMMENT ON COLUMN thing.taste IS 'secret; keep: 7d; a tag that there is not'");
  EXPECT_THAT(testing::UntaggedColumns(postgres_),
              ::testing::ElementsAre("thing.colour", "thing.taste"));
}

TEST_F(MigrateTest, TheRoleCannotDoWhatItMustNot) {
  // Each would be a way to change history, to look into it, or to get out of the schema.
  const char* const forbidden[] = {
      "SELECT id FROM audit",
      "UPDATE audit SET subject = 'x'",
      "DELETE FROM audit",
      "TRUNCATE audit",
      ("INSERT INTO audit (id, subject, method, resource, fields) OVERRIDING SYSTEM VALUE"
       " VALUES (1, 'x', 'x', 'x', '{}')"),
      ("INSERT INTO audit (at, subject, method, resource, fields)"
       " VALUES (now(), 'x', 'x', 'x', '{}')"),
      ("INSERT INTO audit (tx, subject, method, resource, fields)"
       " VALUES ('1', 'x', 'x', 'x', '{}')"),
      ("INSERT INTO audit (subject, method, resource, fields) VALUES ('x', 'x', 'x', '{}')"
       " RETURNING id"),
      "UPDATE change SET payload = ''",
      "DELETE FROM change",
      "TRUNCATE change",
      "UPDATE feed SET generation = gen_random_uuid()",
      "INSERT INTO feed (one, generation, last_pos) VALUES (true, gen_random_uuid(), 0)",
      "DELETE FROM feed",
      "UPDATE parked SET change = ''",
      "UPDATE request_log SET fingerprint = ''",
      ("INSERT INTO request_log (caller, rpc, request_id, fingerprint, at)"
       " VALUES ('x', 'x', gen_random_uuid(), '', now())"),
      "TRUNCATE request_log",
      "DELETE FROM job",
      "INSERT INTO migration (name, breaking) VALUES ('x', false)",
      "UPDATE migration SET breaking = false",
      "DELETE FROM migration",
      "ALTER TABLE thing ADD COLUMN x int",
      "DROP TABLE thing",
      "CREATE TABLE x (i int)",
      "CREATE TABLE public.x (i int)",
      "CREATE SCHEMA x",
      "GRANT SELECT ON audit TO svc_things",
      "SELECT setval('audit_id_seq', 1)",
      "ALTER TABLE audit DISABLE TRIGGER ALL",
  };
  for (const char* statement : forbidden) {
    EXPECT_EQ(
        postgres_.Sql(absl::StrCat(
            "SET ROLE svc_things; CREATE TEMPORARY TABLE IF NOT EXISTS refused (state text);"
            "DO $do$ BEGIN EXECUTE $st$",
            statement,
            "$st$; INSERT INTO refused VALUES ('allowed'); EXCEPTION WHEN insufficient_privilege "
            "THEN"
            " INSERT INTO refused VALUES ('refused'); END $do$; SELECT state FROM refused"))[0],
        "refused")
        << statement;
  }
}

TEST_F(MigrateTest, RunningAgainChangesNothing) {
  const auto list = [&] { return postgres_.Sql("SELECT name || at FROM migration ORDER BY name"); };
  const std::vector<std::string> before = list();
  EXPECT_EQ(before.size(), HouseMigrations().size() + 1);
  EXPECT_THAT(Migrate(Owner(), ThingMigrations()), IsOk());
  EXPECT_EQ(list(), before);
}

TEST_F(MigrateTest, FourRunnersAtOnceMakeOneSchema) {
  std::vector<absl::Status> statuses(4);
  std::vector<std::thread> threads;
  for (absl::Status& status : statuses) {
    threads.emplace_back([&] { status = Migrate(Owner("fresh"), ThingMigrations()); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_THAT(statuses, ::testing::Each(IsOk()));
  EXPECT_EQ(postgres_.Sql("SELECT count(*) FROM fresh.migration")[0],
            absl::StrCat(HouseMigrations().size() + 1));
}

TEST_F(MigrateTest, AFailedMigrationLeavesNothingAndSaysWhichAndWhy) {
  std::vector<Migration> migrations = ThingMigrations();
  migrations.push_back({"things/0002_add", "CREATE TABLE added (i int); SELECT 1 / 0;"});
  const absl::Status status = Migrate(Owner(), migrations);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("things/0002_add"), HasSubstr("division by zero")));
  EXPECT_EQ(postgres_.Sql("SELECT to_regclass('added') IS NULL")[0], "t");
  EXPECT_EQ(postgres_.Sql("SELECT count(*) FROM migration")[0],
            absl::StrCat(HouseMigrations().size() + 1));
}

TEST_F(MigrateTest, SaysWhatIsMissing) {
  MigrateOptions no_role = Owner();
  no_role.role = "svc_of_nobody";
  EXPECT_THAT(std::string(Migrate(no_role, {}).message()), HasSubstr("no role svc_of_nobody"));
  no_role = Owner();
  no_role.audit_role = "audit_of_nobody";
  EXPECT_THAT(std::string(Migrate(no_role, {}).message()), HasSubstr("no role audit_of_nobody"));
  MigrateOptions quoted = Owner();
  quoted.schema = "a; DROP SCHEMA b";
  EXPECT_EQ(Migrate(quoted, {}).code(), absl::StatusCode::kInvalidArgument);
  MigrateOptions away = Owner();
  away.url = "postgresql://nobody@127.0.0.1:1/nothing";
  EXPECT_EQ(Migrate(away, {}).code(), absl::StatusCode::kUnavailable);
}

TEST_F(MigrateTest, WaitsForADatabaseThatIsAway) {
  int attempts = 0;
  MigrateOptions away = Owner();
  away.url = "postgresql://nobody@127.0.0.1:1/nothing";
  away.password = [&] {
    ++attempts;
    return "none";
  };
  away.wait = absl::Milliseconds(1500);
  EXPECT_EQ(Migrate(away, {}).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(attempts, 2);
}

TEST_F(MigrateTest, ABinaryKnowsWhetherItFitsTheSchema) {
  EXPECT_THAT(CheckSchema(database_, ThingMigrations()), IsOk());

  std::vector<Migration> newer = ThingMigrations();
  newer.push_back({"things/0002_add", "SELECT 1;"});
  newer.push_back({"things/0003_break", "-- breaking\nSELECT 1;"});
  const absl::Status older_schema = CheckSchema(database_, newer);
  EXPECT_EQ(older_schema.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(older_schema.message()),
              AllOf(HasSubstr("things/0002_add"), HasSubstr("run migrate")));

  ASSERT_THAT(Migrate(Owner(), {newer[0], newer[1]}), IsOk());
  EXPECT_THAT(CheckSchema(database_, ThingMigrations()), IsOk());  // newer, and harmless
  ASSERT_THAT(Migrate(Owner(), newer), IsOk());
  EXPECT_THAT(CheckSchema(database_, newer), IsOk());
  const absl::Status breaking = CheckSchema(database_, ThingMigrations());
  EXPECT_EQ(breaking.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(breaking.message()), HasSubstr("things/0003_break"));

  postgres_.Sql("DROP SCHEMA things CASCADE");
  EXPECT_THAT(std::string(CheckSchema(database_, {}).message()), HasSubstr("run migrate"));
}

}  // namespace
}  // namespace scharnier::db
