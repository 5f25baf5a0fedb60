// File: series.h
// Series in the database.

#ifndef SCHARNIER_SERVICES_EVENTS_STORE_SERIES_H_
#define SCHARNIER_SERVICES_EVENTS_STORE_SERIES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/tx.h"
#include "scharnier/events/v1/series.pb.h"

namespace scharnier::events::store {

// Inserts a series with a new name; returns it as stored.
absl::StatusOr<v1::Series> InsertSeries(db::Tx& tx, const v1::Series& series, absl::Time now);
// Locks the series' row. Errors: NOT_FOUND RESOURCE_NOT_FOUND.
absl::StatusOr<v1::Series> LockSeries(db::Tx& tx, const std::string& id);
// Saves a locked series; returns it as stored, with its new etag.
absl::StatusOr<v1::Series> SaveSeries(db::Tx& tx, const v1::Series& series, absl::Time now);
// Errors: NOT_FOUND RESOURCE_NOT_FOUND, also for a draft when `drafts` is false.
absl::StatusOr<v1::Series> GetSeries(db::Tx& tx, const std::string& id, bool drafts);

struct SeriesQuery {
  bool drafts = false;
  std::optional<std::string> after;  // the last series' id
  std::optional<int> state;
  int limit = 0;
};
// Newest first.
absl::StatusOr<std::vector<v1::Series>> ListSeries(db::Tx& tx, const SeriesQuery& query);

}  // namespace scharnier::events::store

#endif  // SCHARNIER_SERVICES_EVENTS_STORE_SERIES_H_
