#include "services/notifications/circuit.h"

#include <algorithm>

#include "absl/random/random.h"

namespace scharnier::notifications {

void Circuit::Succeeded() {
  absl::MutexLock lock(&mutex_);
  failures_ = 0;
}

void Circuit::Failed(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  if (++failures_ >= limit_) {
    static thread_local absl::BitGen random;
    open_until_ = now + absl::Uniform(random, 0.5, 1.5) * pause_;
  }
}

absl::Duration Circuit::Remaining(absl::Time now) const {
  absl::MutexLock lock(&mutex_);
  return std::max(open_until_ - now, absl::ZeroDuration());
}

}  // namespace scharnier::notifications
