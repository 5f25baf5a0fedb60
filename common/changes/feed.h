// File: feed.h
// A service's change feed: the sequencer that numbers committed changes, and the ChangeService that
// reads them.

#ifndef SCHARNIER_COMMON_CHANGES_FEED_H_
#define SCHARNIER_COMMON_CHANGES_FEED_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/db/database.h"
#include "common/rpc/service_table.h"
#include "common/runtime/context.h"
#include "common/runtime/executor.h"

namespace scharnier::changes {

// Thread-safe. Runs the sequencer from construction to destruction: on NOTIFY and each `interval`,
// whichever replica gets the lock of its row numbers what has been committed since. Outlives all
// calls.
class Feed {
 public:
  struct Options {
    absl::Duration interval = absl::Milliseconds(50);
    absl::Duration heartbeat = absl::Seconds(15);
    absl::Duration longest_stream = absl::Minutes(15);
  };
  Feed(db::Database& database, runtime::Executor& executor, const Options& options);
  ~Feed();

  // The methods of "scharnier.<service>.v1.ChangeService".
  void AddTo(rpc::ServiceTable& table);

  // Answers the calls that wait for a change, and lets none wait from now on: before the server
  // drains, which would otherwise take as long as they wait.
  void StopWaiting();

  // Numbers what has been committed, now, by this caller; for tests and tools.
  absl::Status SequenceNow(const runtime::Context& ctx);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scharnier::changes

#endif  // SCHARNIER_COMMON_CHANGES_FEED_H_
