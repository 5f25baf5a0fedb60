#include "services/events/store/series.h"

#include "absl/strings/str_cat.h"
#include "common/db/message_column.h"
#include "common/db/root_columns.h"
#include "common/errors/macros.h"
#include "common/runtime/uuid.h"
#include "services/events/sql/series.sql.h"

namespace scharnier::events::store {
namespace {

absl::StatusOr<v1::Series> FromRow(const db::Row& row) {
  ASSIGN_OR_RETURN(auto series, db::ReadMessage<v1::Series>(row, "body"));
  series.set_name(absl::StrCat("series/", row.Get<std::string>("id")));
  series.set_state(static_cast<v1::Series::State>(row.Get<int>("state")));
  db::ReadRoot(row, series);
  return series;
}

// What stands in columns of its own does not stand in the body.
db::Bytes Body(v1::Series series) {
  series.clear_name();
  series.clear_state();
  db::ClearRoot(series);
  return db::Serialise(series);
}

}  // namespace

absl::StatusOr<v1::Series> InsertSeries(db::Tx& tx, const v1::Series& series, absl::Time now) {
  constexpr const db::Query& kQuery = db::Find(sql::kSeries, "InsertSeries");
  return tx.One(kQuery, FromRow, runtime::NewUuid(), static_cast<int>(series.state()), now,
                Body(series));
}

absl::StatusOr<v1::Series> LockSeries(db::Tx& tx, const std::string& id) {
  constexpr const db::Query& kQuery = db::Find(sql::kSeries, "LockSeries");
  return db::Named(tx.One(kQuery, FromRow, id), absl::StrCat("series/", id));
}

absl::StatusOr<v1::Series> SaveSeries(db::Tx& tx, const v1::Series& series, absl::Time now) {
  constexpr const db::Query& kQuery = db::Find(sql::kSeries, "SaveSeries");
  return tx.One(kQuery, FromRow, db::LastId(series.name()), static_cast<int>(series.state()), now,
                Body(series));
}

absl::StatusOr<v1::Series> GetSeries(db::Tx& tx, const std::string& id, bool drafts) {
  constexpr const db::Query& kQuery = db::Find(sql::kSeries, "GetSeries");
  return db::Named(tx.One(kQuery, FromRow, id, drafts), absl::StrCat("series/", id));
}

absl::StatusOr<std::vector<v1::Series>> ListSeries(db::Tx& tx, const SeriesQuery& query) {
  constexpr const db::Query& kQuery = db::Find(sql::kSeries, "ListSeries");
  return tx.All(kQuery, FromRow, query.drafts, query.after, query.state, query.limit);
}

}  // namespace scharnier::events::store
