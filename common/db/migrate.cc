#include "common/db/migrate.h"

#include <memory>
#include <set>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/db/connection.h"
#include "common/db/database.h"
#include "common/db/migrations.sql.h"
#include "common/db/sql/migration.sql.h"
#include "common/errors/macros.h"
#include "common/runtime/log.h"

namespace scharnier::db {
namespace {

// Another runner may be in the middle of a long migration.
constexpr absl::Duration kLockRunner = absl::Minutes(10);
// Between two attempts to reach the database.
constexpr absl::Duration kPause = absl::Seconds(1);

// {{schema}}, {{role}} and {{audit_role}} are filled in below, in these as in the migrations.
constexpr Query kFindSchema = {"FindSchema", "SELECT 1 FROM pg_namespace WHERE nspname = $1"};
constexpr Query kFindRole = {"FindRole", "SELECT 1 FROM pg_roles WHERE rolname = $1"};
constexpr Query kRecord = {"RecordMigration",
                           "INSERT INTO migration (name, breaking) VALUES ($1, $2::boolean)"};
constexpr char kLockRunners[] = "SELECT pg_advisory_lock(hashtextextended('scharnier.migrate', 0))";
constexpr char kLockStatements[] = "SET lock_timeout = '10s'";
constexpr char kCreateTable[] = R"sql(
  CREATE TABLE migration (
    name text CONSTRAINT migration_key PRIMARY KEY,
    breaking boolean NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
  );
  COMMENT ON COLUMN migration.name IS 'none; keep: forever; who made it, and its file';
  COMMENT ON COLUMN migration.breaking IS 'none; keep: forever; whether older binaries refuse to run';
  COMMENT ON COLUMN migration.at IS 'none; keep: forever; when it was run';
  GRANT SELECT ON migration TO {{role}};
)sql";

// To everybody a database is closed (deploy/database/sql/database.sql).
constexpr char kLetIn[] = R"sql(
  DO $$ BEGIN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO {{role}}, {{audit_role}}', current_database());
  END $$
)sql";

bool IsPlainName(absl::string_view name) {
  if (name.empty() || absl::ascii_isdigit(static_cast<unsigned char>(name[0]))) {
    return false;
  }
  for (const char c : name) {
    if (c != '_' && !absl::ascii_islower(static_cast<unsigned char>(c)) &&
        !absl::ascii_isdigit(static_cast<unsigned char>(c))) {
      return false;
    }
  }
  return true;
}

bool IsBreaking(const Migration& migration) {
  return absl::StartsWith(migration.text, "-- breaking\n");
}

std::vector<Migration> WithHouse(const std::vector<Migration>& service_migrations) {
  std::vector<Migration> all = HouseMigrations();
  all.insert(all.end(), service_migrations.begin(), service_migrations.end());
  return all;
}

// One run, on a connection of the owner's.
class Runner {
 public:
  Runner(const MigrateOptions& options, Connection& connection)
      : options_(options), connection_(connection) {}

  absl::Status Run(const std::vector<Migration>& migrations) {
    RETURN_IF_ERROR(Sql("waiting for another run", kLockRunners));
    RETURN_IF_ERROR(Sql("setting lock_timeout", kLockStatements));
    for (const std::string& role : {options_.role, options_.audit_role}) {
      ASSIGN_OR_RETURN(const Rows found, Ask("reading pg_roles", kFindRole, {role}));
      if (found.empty()) {
        return absl::FailedPreconditionError(absl::StrCat(
            "there is no role ", role, ": make it first, with deploy/database/sql/role.sql"));
      }
    }
    RETURN_IF_ERROR(Sql("letting the roles in", kLetIn));
    ASSIGN_OR_RETURN(const std::set<std::string> done, Prepare());
    for (const Migration& migration : migrations) {
      if (!done.contains(migration.name)) {
        RETURN_IF_ERROR(Apply(migration));
        log::Info("migrated", {{"migration", migration.name}});
      }
    }
    return absl::OkStatus();
  }

 private:
  // Makes the schema and the list of migrations where they are missing, and reads the list.
  absl::StatusOr<std::set<std::string>> Prepare() {
    ASSIGN_OR_RETURN(const Rows schema,
                     Ask("reading pg_namespace", kFindSchema, {options_.schema}));
    if (schema.empty()) {
      RETURN_IF_ERROR(Sql("making the schema", "CREATE SCHEMA {{schema}}"));
    }
    constexpr const Query& kFindTable = Find(sql::kMigration, "FindMigrationTable");
    ASSIGN_OR_RETURN(const Rows table, Ask("looking for table migration", kFindTable, {}));
    if (!table[0].Get<bool>("found")) {
      RETURN_IF_ERROR(Sql("making table migration", kCreateTable));
    }
    constexpr const Query& kList = Find(sql::kMigration, "ListMigrations");
    ASSIGN_OR_RETURN(const Rows rows, Ask("reading table migration", kList, {}));
    std::set<std::string> done;
    for (int i = 0; i < rows.size(); ++i) {
      done.insert(rows[i].Get<std::string>("name"));
    }
    return done;
  }

  absl::Status Apply(const Migration& migration) {
    const std::string what = absl::StrCat("migration ", migration.name);
    RETURN_IF_ERROR(Sql(what, "BEGIN"));
    RETURN_IF_ERROR(Ask(what, kRecord, {migration.name, IsBreaking(migration)}).status());
    RETURN_IF_ERROR(Sql(what, migration.text));
    return Sql(what, "COMMIT");
  }

  absl::Status Sql(absl::string_view what, const std::string& text) {
    const std::optional<Failure> failure =
        connection_.Run(absl::StrReplaceAll(text, {{"{{schema}}", options_.schema},
                                                   {"{{role}}", options_.role},
                                                   {"{{audit_role}}", options_.audit_role}}));
    return failure.has_value() ? Failed(what, *failure) : absl::OkStatus();
  }

  absl::StatusOr<Rows> Ask(absl::string_view what, const Query& query,
                           const std::vector<Param>& params) {
    Outcome<Rows> outcome = connection_.Run(query, params);
    if (const Failure* failure = std::get_if<Failure>(&outcome)) {
      return Failed(what, *failure);
    }
    return std::get<Rows>(std::move(outcome));
  }

  static absl::Status Failed(absl::string_view what, const Failure& failure) {
    const std::string message = absl::StrCat(what, " failed: ", failure.message);
    return failure.kind == Failure::Kind::kConnection ? absl::UnavailableError(message)
                                                      : absl::FailedPreconditionError(message);
  }

  const MigrateOptions& options_;
  Connection& connection_;
};

struct Recorded {
  std::string name;
  bool breaking;
};
Recorded RecordedFromRow(const Row& row) {
  return {row.Get<std::string>("name"), row.Get<bool>("breaking")};
}

absl::StatusOr<std::unique_ptr<Connection>> Connect(const MigrateOptions& options) {
  const absl::Time end = absl::Now() + options.wait;
  std::string known;
  while (true) {
    Outcome<std::unique_ptr<Connection>> opened = Connection::Open(
        {options.url, options.password, options.schema, absl::ZeroDuration(), kLockRunner});
    const Failure* failure = std::get_if<Failure>(&opened);
    if (failure == nullptr) {
      return std::get<std::unique_ptr<Connection>>(std::move(opened));
    }
    const std::string trouble = absl::StrCat("the database cannot be reached: ", failure->message);
    if (absl::Now() + kPause >= end) {
      return absl::UnavailableError(trouble);
    }
    if (trouble != known) {
      log::Warning("waiting for the database", {{"reason", trouble}});
      known = trouble;
    }
    absl::SleepFor(kPause);
  }
}

}  // namespace

const std::vector<Migration>& HouseMigrations() {
  static const auto& migrations = *new std::vector<Migration>(Migrations());
  return migrations;
}

absl::Status Migrate(const MigrateOptions& options,
                     const std::vector<Migration>& service_migrations) {
  if (!IsPlainName(options.schema) || !IsPlainName(options.role) ||
      !IsPlainName(options.audit_role)) {
    return absl::InvalidArgumentError(
        "schema and roles are names of lower-case letters, digits and underscores");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, Connect(options));
  return Runner(options, *connection).Run(WithHouse(service_migrations));
}

absl::Status CheckSchema(Database& database, const std::vector<Migration>& service_migrations) {
  constexpr const Query& kFindTable = Find(sql::kMigration, "FindMigrationTable");
  constexpr const Query& kList = Find(sql::kMigration, "ListMigrations");
  const absl::Time now = absl::Now();
  const runtime::Context ctx({.caller = {},
                              .now = now,
                              .deadline = now + absl::Seconds(3),
                              .method = "check",
                              .trace = {}});
  ASSIGN_OR_RETURN(const std::vector<Recorded> recorded,
                   database.Read(ctx, [](Tx& tx) -> absl::StatusOr<std::vector<Recorded>> {
                     ASSIGN_OR_RETURN(const bool found, tx.One(kFindTable, [](const Row& row) {
                       return row.Get<bool>("found");
                     }));
                     return found ? tx.All(kList, RecordedFromRow) : std::vector<Recorded>();
                   }));

  std::set<std::string> missing;
  for (const Migration& migration : WithHouse(service_migrations)) {
    missing.insert(migration.name);
  }
  for (const Recorded& migration : recorded) {
    if (missing.erase(migration.name) == 0 && migration.breaking) {
      return absl::FailedPreconditionError(
          absl::StrCat("the schema is too new for this binary: it has ", migration.name));
    }
  }
  if (!missing.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the schema lacks ", *missing.begin(), ": run migrate"));
  }
  return absl::OkStatus();
}

}  // namespace scharnier::db
