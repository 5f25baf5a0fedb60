// File: migrate.h
// Forward-only migrations, embedded in the binary, run by `<service> migrate` as the owner of the
// schema.
//
// First the house's own (common/db/migrations: change, feed, cursor, parked, request_log, audit,
// job), then the service's. A file is one transaction; its first line may be `-- breaking`, after
// which older binaries refuse to run.
// `{{schema}}`, `{{role}}` and `{{audit_role}}` stand for the service's schema, its role, and that
// by which people read its audit trail; the roles have to exist (deploy/database). The owner need
// not be a superuser.

#ifndef SCHARNIER_COMMON_DB_MIGRATE_H_
#define SCHARNIER_COMMON_DB_MIGRATE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/runtime/secret.h"

namespace scharnier::db {

struct Migration {
  const char* name;  // "db/0001_create_house", "events/0001_create_events"
  const char* text;
};

struct MigrateOptions {
  std::string url;  // of the owner
  runtime::SecretSource password;
  // How long a database that cannot be reached is waited for: it may be as new as the release.
  absl::Duration wait = absl::ZeroDuration();
  std::string schema;
  std::string role;
  std::string audit_role;
};

// The house's own migrations.
const std::vector<Migration>& HouseMigrations();

// Brings the schema up to date: makes it if needed, runs what is missing, one advisory lock for all
// runners of a database. Running it twice, or from two places at once, is harmless. A migration
// that waits for a lock for longer than 10 s fails, rather than hold up the service; run it again.
// Errors: INVALID_ARGUMENT for a schema or role that is no plain lower-case name; UNAVAILABLE;
// FAILED_PRECONDITION naming the migration that failed and why.
absl::Status Migrate(const MigrateOptions& options,
                     const std::vector<Migration>& service_migrations);

class Database;
// Whether a binary with these migrations can serve on the schema as it is. Errors:
// FAILED_PRECONDITION when the schema is older ("run migrate") or newer and breaking.
absl::Status CheckSchema(Database& database, const std::vector<Migration>& service_migrations);

}  // namespace scharnier::db

#endif  // SCHARNIER_COMMON_DB_MIGRATE_H_
