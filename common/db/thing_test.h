// File: thing_test.h
// A small service of things, for the tests of this folder.

#ifndef SCHARNIER_COMMON_DB_THING_TEST_H_
#define SCHARNIER_COMMON_DB_THING_TEST_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/db/database.h"
#include "common/db/migrate.h"
#include "common/errors/macros.h"
#include "common/runtime/context.h"
#include "common/runtime/uuid.h"
#include "common/testing/matchers.h"
#include "common/testing/postgres.h"
#include "gtest/gtest.h"
#include "scharnier/events/v1/session_service.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::db {

inline const std::vector<Migration>& ThingMigrations() {
  static const auto& migrations = *new std::vector<Migration>{{"things/0001_create_thing", R"sql(
    CREATE TABLE thing (
      id text CONSTRAINT thing_key PRIMARY KEY,
      size int NOT NULL DEFAULT 0 CONSTRAINT thing_size CHECK (size >= 0),
      part_of text CONSTRAINT thing_part_of REFERENCES thing
    );
    COMMENT ON COLUMN thing.id IS 'none; keep: row; what it is';
    COMMENT ON COLUMN thing.size IS 'none; keep: row; how big';
    COMMENT ON COLUMN thing.part_of IS 'none; keep: row; the whole';
    GRANT SELECT, INSERT, UPDATE, DELETE ON thing TO {{role}};)sql"}};
  return migrations;
}

inline constexpr Query kInsertThing = {"InsertThing", "INSERT INTO thing (id) VALUES ($1)"};
inline constexpr Query kGrowThing = {"GrowThing",
                                     "UPDATE thing SET size = size + $2::int WHERE id = $1"};
inline constexpr Query kCountThings = {"CountThings", "SELECT count(*) AS n FROM thing"};
inline constexpr Query kListThings = {"ListThings", "SELECT id, size FROM thing ORDER BY id"};

// What a mutation answers with.
struct Thing {
  std::string id;
  const std::string& name() const { return id; }
  bool operator==(const Thing&) const = default;
};
inline Thing ThingFromRow(const Row& row) { return {row.Get<std::string>("id")}; }
inline int64_t CountFromRow(const Row& row) { return row.Get<int64_t>("n"); }

// The context of one call.
inline runtime::Context Call(absl::Duration time = absl::Seconds(20)) {
  return runtime::Context(
      {.caller = {.role = options::v1::ROLE_STAFF, .subject = "devos", .email = ""},
       .now = absl::Now(),
       .deadline = absl::Now() + time,
       .method = "scharnier.things.v1.ThingService/MakeThing",
       .trace = {}});
}

// A mutation's request; any message with a request_id and something else does.
inline events::v1::PublishSessionRequest Request(const std::string& name) {
  events::v1::PublishSessionRequest request;
  request.set_name(name);
  request.set_request_id(runtime::NewUuid());
  return request;
}

class ThingTest : public ::testing::Test {
 protected:
  // A mutation that makes a thing named like the request.
  static absl::StatusOr<Thing> Make(Database& database, const runtime::Context& ctx,
                                    const events::v1::PublishSessionRequest& request) {
    return database.Write(
        ctx, request,
        [&](Tx& tx) -> absl::StatusOr<Thing> {
          RETURN_IF_ERROR(tx.Exec(kInsertThing, request.name()).status());
          return Thing{request.name()};
        },
        [](Tx&, const std::string& name) -> absl::StatusOr<Thing> { return Thing{name}; });
  }

  absl::StatusOr<int64_t> Count() {
    const runtime::Context ctx = Call();
    return database_.Read(ctx, [](Tx& tx) { return tx.One(kCountThings, CountFromRow); });
  }

  testing::TestDatabase postgres_{"things", ThingMigrations()};
  Database database_{postgres_.options()};
};

}  // namespace scharnier::db

#endif  // SCHARNIER_COMMON_DB_THING_TEST_H_
