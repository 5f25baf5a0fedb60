#include "common/runtime/executor.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <map>
#include <thread>
#include <typeinfo>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/runtime/log.h"

namespace scharnier::runtime {
namespace {

// Timers go by the monotonic clock: nobody sets it back.
using Monotonic = std::chrono::steady_clock;

// What is due later would overflow the clock, and is not due in this process's life.
constexpr absl::Duration kLongestDelay = absl::Hours(24 * 365);

// A task's exception would end the process. Its text is not logged: it may quote what was being
// worked on.
void Run(Executor::Task& task) {
  try {
    task();
  } catch (const std::exception& e) {
    log::Error("a task threw an exception", {{"type", typeid(e).name()}});
  } catch (...) {
    log::Error("a task threw an exception");
  }
}

}  // namespace

struct Executor::State {
  State(int thread_count, int max) : max_queue(static_cast<size_t>(max)), idle(thread_count) {}

  // Adds the task unless the executor ends. The caller holds the lock, and destroys a refused task
  // without it.
  bool Enqueue(Task& task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (stopping) {
      return false;
    }
    queue.push_back(std::move(task));
    work.Signal();
    return true;
  }

  void Work() {
    while (true) {
      Task task;
      {
        absl::MutexLock lock(&mutex);
        while (queue.empty() && !stopping) {
          work.Wait(&mutex);
        }
        if (queue.empty()) {
          return;
        }
        task = std::move(queue.front());
        queue.pop_front();
        --idle;
      }
      Run(task);
      task = nullptr;
      absl::MutexLock lock(&mutex);
      ++idle;
    }
  }

  void KeepTime() {
    absl::MutexLock lock(&mutex);
    while (!stopping) {
      if (timers.empty()) {
        timer.Wait(&mutex);
        continue;
      }
      const auto due = timers.begin();
      const auto left = due->first - Monotonic::now();
      if (left > Monotonic::duration::zero()) {
        timer.WaitWithTimeout(&mutex, absl::FromChrono(left));
        continue;
      }
      Task task = std::move(due->second);
      timers.erase(due);
      Enqueue(task);
    }
  }

  const size_t max_queue;
  absl::Mutex mutex;
  absl::CondVar work;   // a task was queued, or the executor ends
  absl::CondVar timer;  // the earliest timer changed, or the executor ends
  std::deque<Task> queue ABSL_GUARDED_BY(mutex);
  std::multimap<Monotonic::time_point, Task> timers ABSL_GUARDED_BY(mutex);
  size_t idle ABSL_GUARDED_BY(mutex);  // workers without a task
  bool stopping ABSL_GUARDED_BY(mutex) = false;
  std::vector<std::thread> threads;  // touched by the constructor and Stop() alone
};

Executor::Executor(int threads, int max_queue)
    : state_(std::make_unique<State>(threads, max_queue)) {
  for (int i = 0; i < threads; ++i) {
    state_->threads.emplace_back([state = state_.get()] { state->Work(); });
  }
  state_->threads.emplace_back([state = state_.get()] { state->KeepTime(); });
}

Executor::~Executor() { Stop(); }

bool Executor::TrySubmit(Task task) {
  absl::MutexLock lock(&state_->mutex);
  // Tasks that idle workers are about to take do not wait.
  if (state_->queue.size() >= state_->max_queue + state_->idle) {
    return false;
  }
  return state_->Enqueue(task);
}

void Executor::Submit(Task task) {
  absl::MutexLock lock(&state_->mutex);
  state_->Enqueue(task);
}

void Executor::SubmitAfter(absl::Duration delay, Task task) {
  const auto due = Monotonic::now() + absl::ToChronoNanoseconds(std::min(delay, kLongestDelay));
  absl::MutexLock lock(&state_->mutex);
  if (state_->stopping) {
    return;
  }
  const auto added = state_->timers.emplace(due, std::move(task));
  if (added == state_->timers.begin()) {
    state_->timer.Signal();
  }
}

void Executor::Stop() {
  std::multimap<Monotonic::time_point, Task> dropped;
  {
    absl::MutexLock lock(&state_->mutex);
    state_->stopping = true;
    dropped.swap(state_->timers);
    state_->work.SignalAll();
    state_->timer.SignalAll();
  }
  for (std::thread& thread : state_->threads) {
    thread.join();
  }
  state_->threads.clear();
}

int Executor::queued() const {
  absl::MutexLock lock(&state_->mutex);
  return static_cast<int>(state_->queue.size());
}

}  // namespace scharnier::runtime
