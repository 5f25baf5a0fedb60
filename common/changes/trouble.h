// File: trouble.h
// How a thread that must go on for ever takes failures: it waits longer each time, and says in the
// log when the trouble begins, when it becomes another one and when it is over, not at each
// attempt.

#ifndef SCHARNIER_COMMON_CHANGES_TROUBLE_H_
#define SCHARNIER_COMMON_CHANGES_TROUBLE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace scharnier::changes {

// The code of a status and the reason in its ErrorInfo, "UNAVAILABLE DEPENDENCY_AWAY"; no free
// text, so no personal data.
std::string CodeAndReason(const absl::Status& status);

// One thread's.
class Trouble {
 public:
  // `what` is the part of the log lines that says what fails: "following events".
  Trouble(std::string what, absl::Duration first_delay, absl::Duration longest_delay);

  // Takes the outcome of an attempt. Returns how long to wait before the next one: zero after a
  // success, after failures `first_delay`, doubled up to `longest_delay`.
  absl::Duration Report(const absl::Status& status);

 private:
  const std::string what_;
  const absl::Duration first_delay_, longest_delay_;
  absl::Duration delay_ = absl::ZeroDuration();
  std::string known_;  // the trouble that was logged last; empty: none
};

}  // namespace scharnier::changes

#endif  // SCHARNIER_COMMON_CHANGES_TROUBLE_H_
