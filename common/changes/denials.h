// File: denials.h
// Calls that were denied go into the audit trail: beside the calls, a few at a time, and not all of
// them when there are too many. Losing some never holds up or fails a call.

#ifndef SCHARNIER_COMMON_CHANGES_DENIALS_H_
#define SCHARNIER_COMMON_CHANGES_DENIALS_H_

#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/db/database.h"
#include "common/rpc/denial.h"
#include "common/rpc/rate_limiter.h"
#include "common/runtime/executor.h"

namespace scharnier::changes {

// Thread-safe. Outlives the executor's tasks.
class Denials {
 public:
  struct Options {
    rpc::RateLimit caller = {.per_second = 1, .burst = 20};
    // Those of nobody in particular leave room for the others.
    rpc::RateLimit anonymous = {.per_second = 1, .burst = 20};
    rpc::RateLimit all = {.per_second = 20, .burst = 200};  // others
    std::size_t most_waiting = 200;
  };
  Denials(db::Database& database, runtime::Executor& executor)
      : Denials(database, executor, Options()) {}
  Denials(db::Database& database, runtime::Executor& executor, const Options& options)
      : database_(database),
        executor_(executor),
        options_(options),
        callers_(options.caller),
        anonymous_(options.anonymous),
        all_(options.all) {}

  // Does not block.
  void Add(rpc::Denial denial, absl::Time now = absl::Now());

 private:
  // Writes what waits; one task at a time, so that a database that is away holds one thread.
  void Write();
  // Counts denials that are not written, and logs that at most once a minute.
  void LeaveOut(int64_t count, absl::Time now);

  db::Database& database_;
  runtime::Executor& executor_;
  const Options options_;
  rpc::RateLimiter callers_, anonymous_, all_;
  absl::Mutex mutex_;
  std::vector<rpc::Denial> waiting_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t left_out_ ABSL_GUARDED_BY(mutex_) = 0;  // since the last line about it
  absl::Time logged_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace scharnier::changes

#endif  // SCHARNIER_COMMON_CHANGES_DENIALS_H_
