// File: batcher.h
// Coalesces concurrent calls on one key into one run, such as one transaction for 64 registrations of one session.
//
// An idle key runs a call at once, never waiting for company; calls that come meanwhile form the next batch. Each caller
// gets an answer of their own. When a batch fails as a whole, its calls are run again one by one, so that one bad apple
// fails alone.

#ifndef SCHARNIER_COMMON_DB_BATCHER_H_
#define SCHARNIER_COMMON_DB_BATCHER_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/runtime/context.h"
#include "common/runtime/executor.h"

namespace scharnier::db {

// Item and Answer are values; Item lives from Submit until its answer. Thread-safe; outlives no submitted call.
template <class Item, class Answer>
class Batcher {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<Answer>)>;
  struct Call {
    const runtime::Context* ctx;
    Item item;
    Done done;
  };
  // Answers for all calls in their order, or the status with which the whole run failed.
  using Run = std::function<absl::StatusOr<std::vector<absl::StatusOr<Answer>>>(const std::string& key,
                                                                               const std::vector<Call*>& calls)>;
  struct Options {
    int max_batch = 64;
    int max_parallel = 1;  // runs at the same time on one key
  };

  Batcher(runtime::Executor& executor, Options options, Run run)
      : executor_(executor), options_(options), run_(std::move(run)) {}

  // Calls `done` once, from a thread of the executor. Calls that have expired when their turn comes are answered
  // DEADLINE_EXCEEDED or CANCELLED without being run.
  void Submit(const std::string& key, const runtime::Context& ctx, Item item, Done done);

 private:
  struct Queue {
    std::deque<std::unique_ptr<Call>> waiting;
    int running = 0;
  };
  void RunOnce(const std::string& key);

  runtime::Executor& executor_;
  const Options options_;
  const Run run_;
  absl::Mutex mutex_;
  std::map<std::string, Queue> queues_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace scharnier::db

#include "common/db/batcher.inc"

#endif  // SCHARNIER_COMMON_DB_BATCHER_H_
