#include "common/jobs/house_jobs.h"

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

}  // namespace

void AddHouseJobs(Runner& runner, db::Database& database) {
  runner.Add(
      {.name = "purge_request_log",
       .every = absl::Hours(1),
       .run = [&database](const runtime::Context& ctx) { return PurgeRequestLog(ctx, database); }});
}

}  // namespace scharnier::jobs
