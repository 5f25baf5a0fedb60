#include "common/db/failure.h"

#include "common/db/thing_test.h"
#include "common/db/tx.h"
#include "google/rpc/error_details.pb.h"

namespace scharnier::db {
namespace {

using testing::HasReason;
using testing::IsOkAnd;

class FailureTest : public ThingTest {
 protected:
  absl::Status Try(const std::string& text) {
    const std::string name = absl::StrCat("Try", ++tries_);
    const Query query{name.c_str(), text.c_str()};
    const runtime::Context ctx = Call();
    return database_.Transact(ctx, [&](Tx& tx) {
      const absl::Status status = tx.Exec(query).status();
      constraint_ = ViolatedConstraint(status);
      return status;
    });
  }

  int tries_ = 0;
  std::string constraint_;
};

TEST_F(FailureTest, SqlstatesAndTheirReasons) {
  postgres_.Sql(
      "CREATE FUNCTION fail(state text) RETURNS int LANGUAGE plpgsql AS"
      " $$ BEGIN RAISE EXCEPTION 'failed' USING ERRCODE = state; END $$");
  const struct {
    const char* sqlstate;
    types::v1::ErrorReason reason;
    bool says_when;
  } cases[] = {
      {"40001", types::v1::ERROR_REASON_CONFLICT, true},
      {"40P01", types::v1::ERROR_REASON_CONFLICT, true},
      {"55P03", types::v1::ERROR_REASON_CONFLICT, true},
      {"57014", types::v1::ERROR_REASON_DEADLINE_PASSED, false},
      {"53100", types::v1::ERROR_REASON_OVERLOADED, true},
      {"53200", types::v1::ERROR_REASON_OVERLOADED, true},
      {"53300", types::v1::ERROR_REASON_OVERLOADED, true},
      {"57P01", types::v1::ERROR_REASON_DEPENDENCY_AWAY, true},
      {"08006", types::v1::ERROR_REASON_DEPENDENCY_AWAY, true},
      {"0A000", types::v1::ERROR_REASON_INTERNAL_FAULT, false},
      {"22012", types::v1::ERROR_REASON_INTERNAL_FAULT, false},
      {"42501", types::v1::ERROR_REASON_INTERNAL_FAULT, false},
      {"42P01", types::v1::ERROR_REASON_INTERNAL_FAULT, false},
      {"XX000", types::v1::ERROR_REASON_INTERNAL_FAULT, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.sqlstate);
    const absl::Status status = Try(absl::StrCat("SELECT fail('", c.sqlstate, "')"));
    EXPECT_THAT(status, HasReason(c.reason));
    EXPECT_EQ(status.GetPayload("type.googleapis.com/google.rpc.RetryInfo").has_value(),
              c.says_when);
    EXPECT_EQ(constraint_, "");
  }
}

TEST_F(FailureTest, ConstraintsAreNamed) {
  postgres_.Sql("INSERT INTO thing (id) VALUES ('a')");
  postgres_.Sql("ALTER TABLE thing ADD CONSTRAINT thing_apart EXCLUDE USING btree (id WITH =)");
  const struct {
    const char* text;
    const char* constraint;
  } cases[] = {
      {"INSERT INTO thing (id) VALUES ('a')", "thing_key"},
      {"INSERT INTO thing (id, size) VALUES ('b', -1)", "thing_size"},
      {"INSERT INTO thing (id, part_of) VALUES ('b', 'c')", "thing_part_of"},
      {"INSERT INTO thing (id, size) VALUES ('b', NULL)", ""},
      {"INSERT INTO thing (id) VALUES (' constraint \"x\"'), ('b'), ('b')", "thing_key"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const absl::Status status = Try(c.text);
    EXPECT_EQ(constraint_, c.constraint);
    // Nobody gave it a reason, so it leaves as a fault of ours, and unnamed.
    EXPECT_THAT(status, HasReason(types::v1::ERROR_REASON_INTERNAL_FAULT));
    EXPECT_EQ(ViolatedConstraint(status), "");
  }
  EXPECT_THAT(Count(), IsOkAnd(1));
}

TEST_F(FailureTest, AStoreGivesAConstraintItsReason) {
  postgres_.Sql("INSERT INTO thing (id) VALUES ('a')");
  const runtime::Context ctx = Call();
  const absl::Status status = database_.Transact(ctx, [](Tx& tx) -> absl::Status {
    const absl::Status inserted = tx.Exec(kInsertThing, "a").status();
    EXPECT_EQ(ViolatedConstraint(inserted), "thing_key");
    return absl::AlreadyExistsError("there is such a thing");
  });
  EXPECT_EQ(status, absl::AlreadyExistsError("there is such a thing"));
}

TEST_F(FailureTest, ABodyCannotOverlookAFailure) {
  const runtime::Context ctx = Call();
  const auto result = database_.Transact(ctx, [](Tx& tx) -> absl::StatusOr<int> {
    tx.Exec(kInsertThing, "a").IgnoreError();
    tx.Exec(kInsertThing, "a").IgnoreError();
    const absl::Status after = tx.Exec(kInsertThing, "b").status();
    EXPECT_EQ(ViolatedConstraint(after), "thing_key");
    return 1;
  });
  EXPECT_THAT(result, HasReason(types::v1::ERROR_REASON_INTERNAL_FAULT));
  EXPECT_THAT(Count(), IsOkAnd(0));
}

}  // namespace
}  // namespace scharnier::db
