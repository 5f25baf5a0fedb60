// File: delivery.h
// What becomes of a message when an attempt to send it has ended (decision 29).
//
// A message is handed over from the instant at which the relay has asked for its text (354): the
// worker commits that before it sends the first byte. What ends before is certainly not accepted
// and may be repeated. What breaks after it may have been accepted: that is a doubt, it is counted,
// and a message with a doubt is handed over once more at most. So the relay accepts a message at
// most 1 + doubts times, and a worker that dies before the hand-over loses nothing.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_RULES_DELIVERY_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_RULES_DELIVERY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "scharnier/notifications/v1/message.pb.h"

namespace scharnier::notifications::rules {

// How an attempt ended.
enum class Ending {
  kAccepted,  // the relay has accepted it (2xx after the final dot)
  kDeferred,  // certainly not accepted: refused for the time being (4xx), or trouble before the
              // hand-over
  kRefused,   // refused for good (5xx)
  kDoubtful,  // the connection, or the worker, was lost after the hand-over began
  kNotMade,   // there is nothing to send any more, or nobody to send it to
  kNotTried,  // nothing of the mail or its relay: what it is made from could not be read now, or we
              // broke off before the hand-over. No attempt is used up.
};

struct Attempt {
  Ending ending;
  int smtp_code = 0;    // the relay's last status code; 0: none
  std::string problem;  // in our own words, without an address
};

// After this many attempts a message is given up; with the first delay of a minute that is after
// four days.
inline constexpr int kMaxAttempts = 30;

// How long to wait after the how-manieth attempt: 1, 5, 15, 60 and then 240 times `first_delay`.
absl::Duration BackOff(int attempts, absl::Duration first_delay);

// Begins an attempt: STATE_SENDING, one attempt more.
void BeginAttempt(v1::Message& message);

// Ends the attempt of a message in STATE_SENDING; `now` is the instant of acceptance. Returns how
// long to wait before the next attempt, which counts in STATE_QUEUED alone.
absl::Duration EndAttempt(const Attempt& attempt, absl::Duration first_delay, absl::Time now,
                          v1::Message& message);

// The ending of an attempt whose worker has let its lease expire.
Attempt LostWorker(bool handed_over);

// The ending of an attempt for which the facts could not be read from their service: gone is final,
// away costs no attempt, anything else does.
Attempt Unreadable(const absl::Status& status);

// Whether nothing more will happen to a message in this state.
bool IsFinal(v1::Message::State state);

}  // namespace scharnier::notifications::rules

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_RULES_DELIVERY_H_
