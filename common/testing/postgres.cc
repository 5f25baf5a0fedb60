#include "common/testing/postgres.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <pqxx/pqxx>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "deploy/database/sql/role.sql.h"
#include "openssl/sha.h"

namespace scharnier::testing {
namespace {

// For servers that do not trust everybody; the databases hold nothing and do not last.
constexpr char kRolePassword[] = "throw-away";

constexpr char kUntagged[] = R"sql(
  SELECT class.relname || '.' || attribute.attname
  FROM pg_class AS class JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
  WHERE class.relnamespace = current_schema()::regnamespace AND class.relkind IN ('r', 'p')
    AND attribute.attnum > 0 AND NOT attribute.attisdropped
    AND coalesce(col_description(class.oid, attribute.attnum), '')
        !~ '^(none|personal|sensitive); keep: [a-z0-9-]+; \S'
  ORDER BY 1)sql";

[[noreturn]] void Give(const std::string& problem) {
  std::fprintf(stderr, "no test database: %s\n", problem.c_str());
  std::exit(2);
}

std::string ServerUrl() {
  const char* url = std::getenv("SCHARNIER_TEST_DATABASE_URL");
  if (url == nullptr || *url == '\0') {
    Give("set SCHARNIER_TEST_DATABASE_URL, or use ./dev test, which starts a server");
  }
  return url;
}

// A database of the server; what stands in it last counts for libpq.
std::string UrlOf(const std::string& database) {
  const std::string server = ServerUrl();
  return absl::StrCat(server, absl::StrContains(server, '?') ? "&" : "?", "dbname=", database);
}

// Statements of the superuser on one connection, each by itself.
class Superuser {
 public:
  explicit Superuser(const std::string& url) try : connection_(url), statements_(connection_) {
  } catch (const std::exception& e) {
    Give(absl::StrCat("the server of SCHARNIER_TEST_DATABASE_URL cannot be reached: ", e.what()));
  }

  std::vector<std::string> Sql(const std::string& statement) {
    try {
      std::vector<std::string> column;
      const pqxx::result rows = statements_.exec(statement);
      for (const auto& row : rows) {
        column.emplace_back(row.empty() ? "" : row[0].c_str());
      }
      return column;
    } catch (const std::exception& e) {
      Give(absl::StrCat(statement, ": ", e.what()));
    }
  }

 private:
  pqxx::connection connection_;
  pqxx::nontransaction statements_;
};

std::string Hash(const std::vector<db::Migration>& migrations) {
  std::string text;
  for (const auto* list : {&db::HouseMigrations(), &migrations}) {
    for (const db::Migration& migration : *list) {
      absl::StrAppend(&text, migration.name, "\n", migration.text, "\n");
    }
  }
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  return absl::BytesToHexString(hash.substr(0, 6));
}

std::string RoleOf(const std::string& service) { return absl::StrCat("svc_", service); }
std::string AuditRoleOf(const std::string& service) { return absl::StrCat("audit_", service); }

// Makes a role of a service unless the server has it.
void MakeRole(Superuser& superuser, const std::string& role, const std::string& service) {
  constexpr const db::Query& kCreate = db::Find(database::sql::kRole, "CreateLogin");
  if (superuser.Sql(absl::StrCat("SELECT 1 FROM pg_roles WHERE rolname = '", role, "'")).empty()) {
    superuser.Sql(absl::StrReplaceAll(kCreate.text,
                                      {{":\"role\"", role},
                                       {":\"schema\"", service},
                                       {":'password'", absl::StrCat("'", kRolePassword, "'")}}));
  }
}

// Makes the roles and the template unless another process, or an earlier run, has.
void MakeTemplate(const std::string& name, const std::string& service,
                  const std::vector<db::Migration>& migrations) {
  Superuser superuser(ServerUrl());
  // Ends with the connection.
  superuser.Sql("SELECT pg_advisory_lock(hashtextextended('scharnier.testing', 0))");
  if (!superuser.Sql(absl::StrCat("SELECT 1 FROM pg_database WHERE datname = '", name, "'"))
           .empty()) {
    return;
  }
  MakeRole(superuser, RoleOf(service), service);
  MakeRole(superuser, AuditRoleOf(service), service);
  // It gets its name when it is complete: a process that dies before leaves none that looks right.
  const std::string unfinished = absl::StrCat(name, "_unfinished");
  superuser.Sql(absl::StrCat("DROP DATABASE IF EXISTS ", unfinished, " WITH (FORCE)"));
  superuser.Sql(absl::StrCat("CREATE DATABASE ", unfinished));
  const absl::Status migrated = db::Migrate({.url = UrlOf(unfinished),
                                             .password = {},
                                             .schema = service,
                                             .role = RoleOf(service),
                                             .audit_role = AuditRoleOf(service)},
                                            migrations);
  if (!migrated.ok()) {
    Give(std::string(migrated.message()));
  }
  superuser.Sql(absl::StrCat("ALTER DATABASE ", unfinished, " RENAME TO ", name));
}

std::string Template(const std::string& service, const std::vector<db::Migration>& migrations) {
  static std::mutex mutex;
  static auto& made = *new std::set<std::string>();
  const std::string name = absl::StrCat("template_", service, "_", Hash(migrations));
  const std::lock_guard<std::mutex> lock(mutex);
  if (made.insert(name).second) {
    MakeTemplate(name, service, migrations);
  }
  return name;
}

std::string UniqueName(const std::string& service) {
  static std::atomic<int> count{0};
  return absl::StrCat("test_", service, "_", getpid(), "_", ++count);
}

}  // namespace

TestDatabase::TestDatabase(const std::string& service, const std::vector<db::Migration>& migrations)
    : service_(service), name_(UniqueName(service)) {
  const std::string source = Template(service, migrations);
  Superuser superuser(ServerUrl());
  superuser.Sql(absl::StrCat("DROP DATABASE IF EXISTS ", name_, " WITH (FORCE)"));
  superuser.Sql(absl::StrCat("CREATE DATABASE ", name_, " TEMPLATE ", source));
}

TestDatabase::~TestDatabase() {
  Superuser(ServerUrl()).Sql(absl::StrCat("DROP DATABASE ", name_, " WITH (FORCE)"));
}

db::DatabaseOptions TestDatabase::options() const { return OptionsOf(RoleOf(service_)); }

db::DatabaseOptions TestDatabase::audit_options() const { return OptionsOf(AuditRoleOf(service_)); }

db::DatabaseOptions TestDatabase::OptionsOf(const std::string& role) const {
  db::DatabaseOptions options;
  options.url = absl::StrCat(UrlOf(name_), "&user=", role);
  options.password = [] { return kRolePassword; };
  options.schema = service_;
  return options;
}

std::string TestDatabase::superuser_url() const {
  return absl::StrCat(UrlOf(name_), "&options=-csearch_path%3D", service_);
}

std::vector<std::string> TestDatabase::Sql(const std::string& statement) const {
  return Superuser(superuser_url()).Sql(statement);
}

std::vector<std::string> PrepareAll(const TestDatabase& database,
                                    const std::vector<db::Query>& queries,
                                    const std::string& role) {
  pqxx::connection connection(database.superuser_url());
  pqxx::nontransaction statements(connection);
  statements.exec(
      absl::StrCat("SET ROLE ", role.empty() ? RoleOf(database.options().schema) : role));
  std::vector<std::string> problems;
  for (const db::Query& query : queries) {
    try {
      statements.exec(absl::StrCat("PREPARE ", query.name, " AS ", query.text));
      const pqxx::result known = statements.exec(
          absl::StrCat("SELECT coalesce('(' || string_agg('NULL', ',') || ')', '')"
                       " FROM pg_prepared_statements, unnest(parameter_types) WHERE name = lower('",
                       query.name, "')"));
      // PREPARE does not ask for rights; planning an execution does, and changes nothing.
      statements.exec(absl::StrCat("EXPLAIN EXECUTE ", query.name, known[0][0].c_str()));
    } catch (const std::exception& e) {
      problems.push_back(absl::StrCat(query.name, ": ", e.what()));
    }
  }
  return problems;
}

std::vector<std::string> UntaggedColumns(const TestDatabase& database) {
  return database.Sql(kUntagged);
}

}  // namespace scharnier::testing
