#include "common/rpc/ticker.h"

#include <utility>

namespace scharnier::rpc {

Ticker::Ticker(std::function<absl::Duration()> tick)
    : tick_(std::move(tick)), thread_([this] { Run(); }) {}

Ticker::~Ticker() { Stop(); }

void Ticker::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Ticker::Run() {
  absl::MutexLock lock(&mutex_);
  while (!stopped_) {
    mutex_.Unlock();
    const absl::Duration pause = tick_();
    mutex_.Lock();
    mutex_.AwaitWithTimeout(absl::Condition(&stopped_), pause);
  }
}

}  // namespace scharnier::rpc
