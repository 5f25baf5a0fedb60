// File: circuit.h
// Leaves a relay in trouble alone for a while, so that messages do not use up their attempts on it.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_CIRCUIT_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_CIRCUIT_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace scharnier::notifications {

// Opens after `limit` failures in a row, and again after each further one until something succeeds.
// Thread-safe.
class Circuit {
 public:
  // Each pause is between a half and one and a half times `pause`, so that replicas do not come
  // back together.
  Circuit(int limit, absl::Duration pause) : limit_(limit), pause_(pause) {}

  void Succeeded();
  void Failed(absl::Time now);
  // How long the relay is still to be left alone; zero: it may be tried.
  absl::Duration Remaining(absl::Time now) const;

 private:
  const int limit_;
  const absl::Duration pause_;
  mutable absl::Mutex mutex_;
  int failures_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time open_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_CIRCUIT_H_
