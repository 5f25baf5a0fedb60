#include "services/notifications/rules/delivery.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "common/types/timestamp.h"

namespace scharnier::notifications::rules {
namespace {

constexpr int kBackOff[] = {1, 5, 15, 60, 240};
// How often a message may be handed over without an answer.
constexpr int kMaxDoubts = 2;
// A service that is away is asked again soon: that disturbs nobody.
constexpr absl::Duration kAwayDelay = absl::Seconds(5);

}  // namespace

absl::Duration BackOff(int attempts, absl::Duration first_delay) {
  const int last = static_cast<int>(std::size(kBackOff)) - 1;
  return kBackOff[std::clamp(attempts - 1, 0, last)] * first_delay;
}

void BeginAttempt(v1::Message& message) {
  message.set_state(v1::Message::STATE_SENDING);
  message.set_attempts(message.attempts() + 1);
}

absl::Duration EndAttempt(const Attempt& attempt, absl::Duration first_delay, absl::Time now,
                          v1::Message& message) {
  message.set_smtp_code(attempt.smtp_code);
  message.set_problem(attempt.problem);
  absl::Duration delay = BackOff(message.attempts(), first_delay);
  v1::Message::State again = message.attempts() < kMaxAttempts
                                 ? v1::Message::STATE_QUEUED
                                 : v1::Message::STATE_TEMPORARY_FAILURE;
  switch (attempt.ending) {
    case Ending::kAccepted:
      message.set_state(v1::Message::STATE_ACCEPTED);
      *message.mutable_accept_time() = types::ToProto(now);
      break;
    case Ending::kDeferred:
      message.set_state(again);
      break;
    case Ending::kRefused:
      message.set_state(v1::Message::STATE_PERMANENT_FAILURE);
      break;
    case Ending::kDoubtful:
      message.set_doubts(message.doubts() + 1);
      if (message.doubts() >= kMaxDoubts || again != v1::Message::STATE_QUEUED) {
        again = v1::Message::STATE_IN_DOUBT;
      }
      message.set_state(again);
      break;
    case Ending::kNotMade:
      message.set_state(v1::Message::STATE_TECHNICAL_FAILURE);
      break;
    case Ending::kNotTried:
      message.set_attempts(message.attempts() - 1);
      message.set_state(v1::Message::STATE_QUEUED);
      delay = kAwayDelay;
      break;
  }
  return delay;
}

Attempt LostWorker(bool handed_over) {
  if (handed_over) {
    return {.ending = Ending::kDoubtful,
            .problem = "the worker was lost while it handed the message over"};
  }
  return {.ending = Ending::kDeferred,
          .problem = "the worker was lost before it handed the message over"};
}

Attempt Unreadable(const absl::Status& status) {
  const std::string problem =
      absl::StrCat("its facts could not be read: ", absl::StatusCodeToString(status.code()));
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return {.ending = Ending::kNotMade, .problem = problem};
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
      return {.ending = Ending::kNotTried, .problem = problem};
    default:
      return {.ending = Ending::kDeferred, .problem = problem};
  }
}

bool IsFinal(v1::Message::State state) {
  return state != v1::Message::STATE_QUEUED && state != v1::Message::STATE_SENDING;
}

}  // namespace scharnier::notifications::rules
