#include "common/db/tx.h"

#include <cstdint>
#include <limits>

#include "common/db/thing_test.h"

namespace scharnier::db {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using testing::IsOk;
using testing::IsOkAnd;

TEST(ParamTest, HasPostgresTextForm) {
  const struct {
    Param param;
    std::optional<std::string> text;
  } cases[] = {
      {std::nullopt, std::nullopt},
      {std::optional<std::string>(), std::nullopt},
      {std::optional<int>(7), "7"},
      {"", ""},
      {true, "t"},
      {std::numeric_limits<int64_t>::min(), "-9223372036854775808"},
      {absl::FromUnixMicros(1), "1970-01-01 00:00:00.000001+00"},
      {absl::InfiniteFuture(), "infinity"},
      {absl::InfinitePast(), "-infinity"},
      {Bytes{std::string("\0\xff", 2)}, "\\x00ff"},
      {std::vector<std::string>{}, "{}"},
      {std::vector<std::string>{"a", "", "NULL", "\"b\\,}"}, R"({"a","","NULL","\"b\\,}"})"},
      {std::vector<std::optional<std::string>>{std::nullopt, "a"}, R"({NULL,"a"})"},
      {std::vector<Bytes>{{"a"}}, R"({"\\x61"})"},
      {std::vector<bool>{true, false}, R"({"t","f"})"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(c.param.text(), c.text);
  }
}

class TxTest : public ThingTest {
 protected:
  // What the server makes of a parameter, read back as the same type.
  template <class T>
  absl::StatusOr<T> Echo(const char* type, const T& value) {
    const std::string name = absl::StrCat("Echo", ++echoes_);
    const std::string text = absl::StrCat("SELECT $1::", type, " AS value");
    const Query query{name.c_str(), text.c_str()};
    const runtime::Context ctx = Call();
    return database_.Read(ctx, [&](Tx& tx) {
      return tx.One(query, [](const Row& row) { return row.Get<T>("value"); }, value);
    });
  }

  int echoes_ = 0;
};

TEST_F(TxTest, ValuesComeBackAsTheyWent) {
  for (const std::string& text : {std::string(), std::string("a'\\\"b"), std::string("Zoë — ☃")}) {
    EXPECT_THAT(Echo("text", text), IsOkAnd(text));
  }
  EXPECT_THAT(Echo<int64_t>("bigint", std::numeric_limits<int64_t>::max()),
              IsOkAnd(std::numeric_limits<int64_t>::max()));
  EXPECT_THAT(Echo("int", -1), IsOkAnd(-1));
  EXPECT_THAT(Echo("boolean", true), IsOkAnd(true));
  EXPECT_THAT(Echo("boolean", false), IsOkAnd(false));
  for (const absl::Time time :
       {absl::FromUnixMicros(1603585799999999), absl::FromUnixSeconds(0), absl::InfiniteFuture(),
        absl::InfinitePast(), absl::FromUnixSeconds(-2208988800)}) {
    EXPECT_THAT(Echo("timestamptz", time), IsOkAnd(time));
  }
  const std::vector<std::string> texts = {"", "a b", "NULL", "null", "\\", "\"", "{,}", "é"};
  EXPECT_THAT(Echo("text[]", texts), IsOkAnd(texts));
  EXPECT_THAT(Echo("text[]", std::vector<std::string>()), IsOkAnd(std::vector<std::string>()));
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) {
    all_bytes += static_cast<char>(byte);
  }
  const auto bytes = Echo("bytea", Bytes{all_bytes});
  ASSERT_THAT(bytes, IsOk());
  EXPECT_EQ(bytes->value, all_bytes);
}

TEST_F(TxTest, NullIsNothingOrAnEmptyValue) {
  static constexpr Query kNulls = {
      "Nulls",
      "SELECT NULL::text AS t, NULL::bigint AS i, NULL::timestamptz AS z,"
      " NULL::bytea AS b, NULL::text[] AS a, NULL::boolean AS f"};
  const runtime::Context ctx = Call();
  const absl::Status status = database_.Read(ctx, [](Tx& tx) {
    return tx
        .One(kNulls,
             [](const Row& row) {
               EXPECT_TRUE(row.IsNull("t"));
               EXPECT_EQ(row.Maybe<std::string>("t"), std::nullopt);
               EXPECT_EQ(row.Get<std::string>("t"), "");
               EXPECT_EQ(row.Get<int64_t>("i"), 0);
               EXPECT_EQ(row.Get<absl::Time>("z"), absl::Time());
               EXPECT_EQ(row.Get<Bytes>("b").value, "");
               EXPECT_EQ(row.Get<std::vector<std::string>>("a"), std::vector<std::string>());
               EXPECT_FALSE(row.Get<bool>("f"));
               return true;
             })
        .status();
  });
  EXPECT_THAT(status, IsOk());
}

TEST_F(TxTest, AColumnThatIsNotThereEndsTheProcess) {
  const runtime::Context ctx = Call();
  EXPECT_DEATH(database_
                   .Read(ctx,
                         [](Tx& tx) {
                           return tx.One(kCountThings,
                                         [](const Row& row) { return row.Get<int64_t>("m"); });
                         })
                   .IgnoreError(),
               "column m: the query has none of this name");
}

TEST_F(TxTest, OneMaybeAllAndExec) {
  const runtime::Context ctx = Call();
  const absl::Status status = database_.Transact(ctx, [](Tx& tx) -> absl::Status {
    EXPECT_THAT(tx.One(kListThings, ThingFromRow),
                HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
    EXPECT_THAT(tx.Maybe(kListThings, ThingFromRow), IsOkAnd(std::nullopt));
    EXPECT_THAT(tx.All(kListThings, ThingFromRow), IsOkAnd(::testing::IsEmpty()));
    EXPECT_THAT(tx.Exec(kInsertThing, "a"), IsOkAnd(1));
    EXPECT_THAT(tx.Exec(kInsertThing, std::string("b")), IsOkAnd(1));
    EXPECT_THAT(tx.Exec(kGrowThing, "c", 1), IsOkAnd(0));
    // A FromRow function may fail.
    const auto refuse = [](const Row&) -> absl::StatusOr<Thing> {
      return absl::DataLossError("unreadable");
    };
    EXPECT_EQ(tx.One(kListThings, refuse).status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(tx.Maybe(kListThings, refuse).status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(tx.All(kListThings, refuse).status().code(), absl::StatusCode::kDataLoss);
    const auto things =
        tx.All(kListThings, [](const Row& row) { return row.Get<std::string>("id"); });
    EXPECT_THAT(things, IsOkAnd(ElementsAre("a", "b")));
    EXPECT_THAT(tx.One(kListThings, [](const Row& row) { return row.Get<std::string>("id"); }),
                IsOkAnd("a"));
    return absl::OkStatus();
  });
  EXPECT_THAT(status, IsOk());
}

TEST_F(TxTest, TextWithNulIsRefusedAndNothingWritten) {
  const runtime::Context ctx = Call();
  const absl::Status status = database_.Transact(
      ctx, [](Tx& tx) { return tx.Exec(kInsertThing, std::string("a\0b", 3)).status(); });
  EXPECT_THAT(status, HasReason(types::v1::ERROR_REASON_FIELD_INVALID));
  EXPECT_THAT(Count(), IsOkAnd(0));
}

TEST_F(TxTest, UpTo32Parameters) {
  std::string text = "SELECT 0";
  std::vector<Param> params;
  for (int i = 1; i <= 32; ++i) {
    absl::StrAppend(&text, " + $", i, "::int");
    params.emplace_back(1);
  }
  text += " AS n";
  const Query query{"Sum", text.c_str()};
  const runtime::Context ctx = Call();
  EXPECT_THAT(database_.Read(ctx,
                             [&](Tx& tx) -> absl::StatusOr<int64_t> {
                               ASSIGN_OR_RETURN(const Rows rows, tx.Run(query, params));
                               return rows[0].Get<int64_t>("n");
                             }),
              IsOkAnd(32));
}

}  // namespace
}  // namespace scharnier::db
