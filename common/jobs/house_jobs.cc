#include "common/jobs/house_jobs.h"

#include <optional>

#include "common/errors/macros.h"
#include "common/jobs/sql/house_jobs.sql.h"

namespace scharnier::jobs {
namespace {

// Small, so that no transaction is long and a run that is stopped has done something.
constexpr int kBatch = 1000;

absl::Status PurgeRequestLog(const runtime::Context& ctx, db::Database& database) {
  constexpr const db::Query& kPurge = db::Find(sql::kHouseJobs, "PurgeRequests");
  int64_t purged = kBatch;
  while (purged == kBatch) {
    ASSIGN_OR_RETURN(purged,
                     database.Transact(ctx, [](db::Tx& tx) { return tx.Exec(kPurge, kBatch); }));
  }
  return absl::OkStatus();
}

// First the feed says that they are gone, so that nobody reads past a gap.
absl::Status ForgetChanges(const runtime::Context& ctx, db::Database& database,
                           absl::Duration keep) {
  constexpr const db::Query& kForget = db::Find(sql::kHouseJobs, "ForgetChanges");
  constexpr const db::Query& kRemove = db::Find(sql::kHouseJobs, "RemoveForgotten");
  RETURN_IF_ERROR(
      database.Transact(ctx, [&](db::Tx& tx) { return tx.Exec(kForget, ctx.now() - keep); })
          .status());
  std::optional<int64_t> position = 0;
  while (position.has_value()) {
    ASSIGN_OR_RETURN(position, database.Transact(ctx, [&](db::Tx& tx) {
      return tx.One(
          kRemove, [](const db::Row& row) { return row.Maybe<int64_t>("pos"); }, *position, kBatch);
    }));
  }
  return absl::OkStatus();
}

}  // namespace

void AddHouseJobs(Runner& runner, db::Database& database, absl::Duration keep_changes) {
  runner.Add(
      {.name = "purge_request_log",
       .every = absl::Hours(1),
       .run = [&database](const runtime::Context& ctx) { return PurgeRequestLog(ctx, database); }});
  runner.Add({.name = "forget_changes",
              .every = absl::Hours(24),
              .run = [&database, keep_changes](const runtime::Context& ctx) {
                return ForgetChanges(ctx, database, keep_changes);
              }});
}

}  // namespace scharnier::jobs
