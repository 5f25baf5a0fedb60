// File: waiters.h
// Calls that wait for the next change. They hold no thread: each is a task that is run when the
// feed has moved past what the call has seen, or when its time is over.

#ifndef SCHARNIER_COMMON_CHANGES_WAITERS_H_
#define SCHARNIER_COMMON_CHANGES_WAITERS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "absl/time/time.h"
#include "common/runtime/executor.h"

namespace scharnier::changes {

// Thread-safe. Timers may outlive it, hence the shared pointer.
class Waiters : public std::enable_shared_from_this<Waiters> {
 public:
  using Task = runtime::Executor::Task;

  explicit Waiters(runtime::Executor& executor) : executor_(executor) {}

  // The last position that was published here; 0 before the first.
  int64_t position() const;
  // Says that the feed has got to `position`, and runs the tasks that wait for it.
  void Publish(int64_t position);

  // Runs `task` on the executor, once: when a position beyond `seen` has been published, when
  // `until` (real time) has come, or when waiting has been stopped.
  void Wait(int64_t seen, absl::Time until, Task task);

  // Runs all tasks that wait; later ones do not wait.
  void Stop();
  bool stopped() const;

 private:
  struct Waiter {
    int64_t seen;
    Task task;
  };
  void Expire(int64_t id);

  runtime::Executor& executor_;
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::map<int64_t, Waiter> waiters_;
  int64_t last_id_ = 0;
  int64_t position_ = 0;
  bool stopped_ = false;
};

}  // namespace scharnier::changes

#endif  // SCHARNIER_COMMON_CHANGES_WAITERS_H_
