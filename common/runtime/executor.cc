#include "common/runtime/executor.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <typeinfo>
#include <utility>
#include <vector>

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
  bool Enqueue(Task& task) {
    if (stopping) {
      return false;
    }
    queue.push_back(std::move(task));
    work.notify_one();
    return true;
  }

  void Work() {
    while (true) {
      Task task;
      {
        std::unique_lock<std::mutex> lock(mutex);
        work.wait(lock, [this] { return !queue.empty() || stopping; });
        if (queue.empty()) {
          return;
        }
        task = std::move(queue.front());
        queue.pop_front();
        --idle;
      }
      Run(task);
      task = nullptr;
      const std::lock_guard<std::mutex> lock(mutex);
      ++idle;
    }
  }

  void KeepTime() {
    std::unique_lock<std::mutex> lock(mutex);
    while (!stopping) {
      if (timers.empty()) {
        timer.wait(lock);
        continue;
      }
      const auto due = timers.begin();
      if (due->first > Monotonic::now()) {
        // A copy: another thread may erase the timer meanwhile.
        const Monotonic::time_point until = due->first;
        timer.wait_until(lock, until);
        continue;
      }
      Task task = std::move(due->second);
      timers.erase(due);
      Enqueue(task);
    }
  }

  const size_t max_queue;
  // std::mutex, not absl::Mutex: ThreadSanitizer does not see into Debian's abseil. It guards what
  // follows but for the threads.
  std::mutex mutex;
  std::condition_variable work;   // a task was queued, or the executor ends
  std::condition_variable timer;  // the earliest timer changed, or the executor ends
  std::deque<Task> queue;
  std::multimap<Monotonic::time_point, Task> timers;
  size_t idle;  // workers without a task
  bool stopping = false;
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
  const std::lock_guard<std::mutex> lock(state_->mutex);
  // Tasks that idle workers are about to take do not wait.
  if (state_->queue.size() >= state_->max_queue + state_->idle) {
    return false;
  }
  return state_->Enqueue(task);
}

void Executor::Submit(Task task) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->Enqueue(task);
}

void Executor::SubmitAfter(absl::Duration delay, Task task) {
  const auto due = Monotonic::now() + absl::ToChronoNanoseconds(std::min(delay, kLongestDelay));
  const std::lock_guard<std::mutex> lock(state_->mutex);
  if (state_->stopping) {
    return;
  }
  const auto added = state_->timers.emplace(due, std::move(task));
  if (added == state_->timers.begin()) {
    state_->timer.notify_one();
  }
}

void Executor::Stop() {
  std::multimap<Monotonic::time_point, Task> dropped;
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->stopping = true;
    dropped.swap(state_->timers);
    state_->work.notify_all();
    state_->timer.notify_all();
  }
  for (std::thread& thread : state_->threads) {
    thread.join();
  }
  state_->threads.clear();
}

int Executor::queued() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  return static_cast<int>(state_->queue.size());
}

}  // namespace scharnier::runtime
