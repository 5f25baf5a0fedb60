// File: executor.h
// Threads for blocking work, with a bounded queue in front: gRPC's own threads must never block.

#ifndef SCHARNIER_COMMON_RUNTIME_EXECUTOR_H_
#define SCHARNIER_COMMON_RUNTIME_EXECUTOR_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace scharnier::runtime {

// Runs tasks in order of arrival on a fixed number of threads. Thread-safe. A task that throws is
// logged and the next one runs.
class Executor {
 public:
  using Task = absl::AnyInvocable<void()>;

  Executor(int threads, int max_queue);
  ~Executor();  // Stop()

  // Takes new work, unless max_queue tasks wait already for a thread: then false, and the task is
  // not run.
  [[nodiscard]] bool TrySubmit(Task task);
  // Takes the continuation of work that was admitted before: never refused.
  void Submit(Task task);
  // Submits the task when `delay` has passed.
  void SubmitAfter(absl::Duration delay, Task task);

  // Runs what is queued, drops what is timed, ends the threads. Later submissions are dropped
  // (TrySubmit: false). Not from a task; a second call does nothing.
  void Stop();

  // The tasks that no thread has begun.
  int queued() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scharnier::runtime

#endif  // SCHARNIER_COMMON_RUNTIME_EXECUTOR_H_
