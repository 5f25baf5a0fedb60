// File: jobs.h
// Named timers: one replica runs each at a time (lease row), and the table says when it last ran.
//
//   jobs.Add({.name = "purge_request_log", .every = absl::Hours(1), .run = …});

#ifndef SCHARNIER_COMMON_JOBS_JOBS_H_
#define SCHARNIER_COMMON_JOBS_JOBS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/db/database.h"
#include "common/runtime/clock.h"

namespace scharnier::jobs {

struct Job {
  std::string name;
  // Runs when this long has passed since the last run began, by the injected clock.
  absl::Duration every;
  // Others leave the job alone for this long after a run began, by the database's clock.
  absl::Duration lease = absl::Minutes(1);
  std::function<absl::Status(const runtime::Context&)> run;
};

// Runs a thread from Start to destruction. A failed run is logged and repeated after `every`.
class Runner {
 public:
  Runner(db::Database& database, const runtime::Clock& clock);
  ~Runner();

  void Add(Job job);  // before Start
  void Start();
  // Cancels the job that runs and waits for it; none runs from now on. Before what a job uses goes.
  void Stop();
  // Runs a job now, whatever its schedule. Errors: NOT_FOUND; ABORTED when another replica is
  // running it; the job's own.
  absl::Status RunNow(const std::string& name);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scharnier::jobs

#endif  // SCHARNIER_COMMON_JOBS_JOBS_H_
