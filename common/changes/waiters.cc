#include "common/changes/waiters.h"

#include <utility>

namespace scharnier::changes {

int64_t Waiters::position() const {
  const std::lock_guard lock(mutex_);
  return position_;
}

void Waiters::Publish(int64_t position) {
  const std::lock_guard lock(mutex_);
  if (position == position_) {
    return;
  }
  position_ = position;
  for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
    if (waiter->second.seen < position) {
      executor_.Submit(std::move(waiter->second.task));
      waiter = waiters_.erase(waiter);
    } else {
      ++waiter;
    }
  }
}

void Waiters::Wait(int64_t seen, absl::Time until, Task task) {
  const std::lock_guard lock(mutex_);
  if (stopped_ || seen < position_) {
    executor_.Submit(std::move(task));
    return;
  }
  const int64_t id = ++last_id_;
  waiters_.emplace(id, Waiter{seen, std::move(task)});
  executor_.SubmitAfter(until - absl::Now(), [weak = weak_from_this(), id] {
    if (auto self = weak.lock()) {
      self->Expire(id);
    }
  });
}

void Waiters::Expire(int64_t id) {
  Task task;
  {
    const std::lock_guard lock(mutex_);
    auto waiter = waiters_.find(id);
    if (waiter == waiters_.end()) {
      return;
    }
    task = std::move(waiter->second.task);
    waiters_.erase(waiter);
  }
  task();
}

void Waiters::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (auto& [id, waiter] : waiters_) {
    executor_.Submit(std::move(waiter.task));
  }
  waiters_.clear();
}

bool Waiters::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

}  // namespace scharnier::changes
