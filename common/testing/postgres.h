// File: postgres.h
// A throw-away database a test, copied from a template that has been migrated once.
//
// SCHARNIER_TEST_DATABASE_URL names a server and its superuser; `./dev test` starts one.

#ifndef SCHARNIER_COMMON_TESTING_POSTGRES_H_
#define SCHARNIER_COMMON_TESTING_POSTGRES_H_

#include <memory>
#include <string>
#include <vector>

#include "common/db/database.h"
#include "common/db/migrate.h"

namespace scharnier::testing {

// Dropped when destroyed. A server that cannot be reached ends the test with a clear line.
class TestDatabase {
 public:
  // A database with the schema of a service at its newest migration; `service` also names the roles
  // (svc_<service>, audit_<service>).
  TestDatabase(const std::string& service, const std::vector<db::Migration>& migrations);
  ~TestDatabase();

  // Connects as the service's role.
  db::DatabaseOptions options() const;
  // Connects as whoever reads its audit trail.
  db::DatabaseOptions audit_options() const;
  // Connects as the superuser, with the service's schema on the path.
  std::string superuser_url() const;
  // Runs SQL as the superuser and returns the first column as text.
  std::vector<std::string> Sql(const std::string& statement) const;

 private:
  db::DatabaseOptions OptionsOf(const std::string& role) const;

  std::string service_, name_;
};

// PREPAREs and plans every query on the migrated schema, as a role ("svc_events"), or the service's
// where none is given, so that a misspelt column and a missing right show; the problems, by query.
std::vector<std::string> PrepareAll(const TestDatabase& database,
                                    const std::vector<db::Query>& queries,
                                    const std::string& role = "");
// Columns of the schema whose comment is not "<none|personal|sensitive>; keep: <class>; <text>", as
// common/db/migrations/0001_create_house.sql explains.
std::vector<std::string> UntaggedColumns(const TestDatabase& database);

}  // namespace scharnier::testing

#endif  // SCHARNIER_COMMON_TESTING_POSTGRES_H_
