// File: batcher.h
// Coalesces concurrent calls on one key into one run, such as one transaction for 64 registrations
// of one session.
//
// An idle key runs a call at once, never waiting for company; calls that come meanwhile form the
// next batch. Each caller gets an answer of their own. When a batch fails as a whole, its calls are
// run again one by one, so that one bad apple fails alone.

#ifndef SCHARNIER_COMMON_DB_BATCHER_H_
#define SCHARNIER_COMMON_DB_BATCHER_H_

#include <cstddef>
#include <cstdlib>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "common/db/failure.h"
#include "common/errors/errors.h"
#include "common/runtime/context.h"
#include "common/runtime/executor.h"
#include "common/runtime/metrics.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::db {

// Item and Answer are values; Item lives from Submit until its answer. Thread-safe; outlives all
// that is submitted: it is destroyed once the executor has stopped.
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
  using Run = std::function<absl::StatusOr<std::vector<absl::StatusOr<Answer>>>(
      const std::string& key, const std::vector<Call*>& calls)>;
  struct Options {
    const char* name;  // in metrics
    int max_batch = 64;
    int max_parallel = 1;  // runs at the same time on one key
  };

  Batcher(runtime::Executor& executor, Options options, Run run)
      : executor_(executor), options_(options), run_(std::move(run)) {}

  // Calls `done` once, from a thread of the executor, after the run or batch has ended. A call that
  // has expired when its turn comes is answered DEADLINE_EXCEEDED DEADLINE_PASSED or CANCELLED
  // CALL_CANCELLED, and is not run.
  void Submit(const std::string& key, const runtime::Context& ctx, Item item, Done done) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      Queue& queue = queues_[key];
      queue.waiting.push_back(std::make_unique<Call>(Call{&ctx, std::move(item), std::move(done)}));
      if (queue.running == options_.max_parallel) {
        return;
      }
      ++queue.running;
    }
    executor_.Submit([this, key] { RunOnce(key); });
  }

 private:
  using Answers = std::vector<absl::StatusOr<Answer>>;
  struct Queue {
    std::deque<std::unique_ptr<Call>> waiting;
    int running = 0;
  };

  // Runs a batch of what waits for `key`, then hands over to the next.
  void RunOnce(const std::string& key) {
    const std::vector<std::unique_ptr<Call>> batch = Take(key);
    std::vector<Call*> calls;
    std::vector<std::pair<Call*, absl::StatusOr<Answer>>> answered;
    for (const std::unique_ptr<Call>& call : batch) {
      if (absl::Status awaited = Awaited(*call->ctx); awaited.ok()) {
        calls.push_back(call.get());
      } else {
        answered.emplace_back(call.get(), std::move(awaited));
      }
    }
    Count(calls.size());
    Answers answers = RunAll(key, calls);
    for (std::size_t i = 0; i < calls.size(); ++i) {
      answered.emplace_back(calls[i], std::move(answers[i]));
    }
    if (HandOver(key)) {
      executor_.Submit([this, key] { RunOnce(key); });
    }
    for (auto& [call, answer] : answered) {
      std::move(call->done)(std::move(answer));
    }
  }

  void Count(std::size_t calls) {
    static auto& batches = metrics::Counter("batches_total", "Runs of calls on one key", {"batch"});
    static auto& batched =
        metrics::Counter("batched_calls_total", "Calls that were run so", {"batch"});
    if (calls > 0) {
      batches.Add({options_.name});
      batched.Add({options_.name}, static_cast<double>(calls));
    }
  }

  std::vector<std::unique_ptr<Call>> Take(const std::string& key) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::deque<std::unique_ptr<Call>>& waiting = queues_[key].waiting;
    std::vector<std::unique_ptr<Call>> batch;
    while (!waiting.empty() && static_cast<int>(batch.size()) < options_.max_batch) {
      batch.push_back(std::move(waiting.front()));
      waiting.pop_front();
    }
    return batch;
  }

  // Whether this run has to be followed by another; where none is left, the key is forgotten.
  bool HandOver(const std::string& key) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Queue& queue = queues_[key];
    if (!queue.waiting.empty()) {
      return true;
    }
    if (--queue.running == 0) {
      queues_.erase(key);
    }
    return false;
  }

  // A run that throws fails its calls: the key has to go on.
  absl::StatusOr<Answers> RunGuarded(const std::string& key, const std::vector<Call*>& calls) {
    try {
      return run_(key, calls);
    } catch (const std::exception&) {
      return errors::Error(types::v1::ERROR_REASON_INTERNAL_FAULT, "the service failed");
    }
  }

  Answers RunAll(const std::string& key, const std::vector<Call*>& calls) {
    if (calls.empty()) {
      return {};
    }
    absl::StatusOr<Answers> answers = RunGuarded(key, calls);
    if (answers.ok()) {
      if (answers->size() != calls.size()) {
        std::abort();  // a fault of `run`, whose answers nobody could tell apart
      }
      return *std::move(answers);
    }
    Answers alone;
    if (calls.size() == 1) {
      alone.push_back(answers.status());
      return alone;
    }
    for (Call* call : calls) {
      absl::Status awaited = Awaited(*call->ctx);
      alone.push_back(awaited.ok() ? std::move(RunAll(key, {call}).front())
                                   : absl::StatusOr<Answer>(std::move(awaited)));
    }
    return alone;
  }

  runtime::Executor& executor_;
  const Options options_;
  const Run run_;
  std::mutex mutex_;
  std::map<std::string, Queue> queues_;  // guarded by mutex_; without an entry a key is idle
};

}  // namespace scharnier::db

#endif  // SCHARNIER_COMMON_DB_BATCHER_H_
