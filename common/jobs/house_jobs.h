// File: house_jobs.h
// The timers that every service has.

#ifndef SCHARNIER_COMMON_JOBS_HOUSE_JOBS_H_
#define SCHARNIER_COMMON_JOBS_HOUSE_JOBS_H_

#include "absl/time/time.h"
#include "common/db/database.h"
#include "common/jobs/jobs.h"

namespace scharnier::jobs {

// Adds `purge_request_log`: each hour, what is older than 7 days by the database's clock, in
// batches; and `forget_changes`: each day, changes of the feed that happened longer ago than
// `keep_changes`, by the injected clock. Followers that have not seen them begin anew.
void AddHouseJobs(Runner& runner, db::Database& database, absl::Duration keep_changes);

}  // namespace scharnier::jobs

#endif  // SCHARNIER_COMMON_JOBS_HOUSE_JOBS_H_
