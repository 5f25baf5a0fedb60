// File: deadline.h
// Deadlines: the first moment that is too late, lateness, and the words for it in Dutch.

#ifndef SCHARNIER_COMMON_TYPES_DEADLINE_H_
#define SCHARNIER_COMMON_TYPES_DEADLINE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/types/civil.h"
#include "scharnier/types/v1/when.pb.h"

namespace scharnier::types {

// Checks what field rules cannot: a complete date that exists, a time that exists on that day, to
// the minute. Errors: INVALID_ARGUMENT FIELD_INVALID or FIELD_MISSING below `field`.
absl::Status CheckDeadline(const v1::Deadline& deadline, absl::string_view field);

// The first moment that is too late. Inclusive: the beginning of the next civil day, or of the next
// minute where a time is given; exclusive: the beginning of that day or minute. Takes a checked
// deadline, as do the functions below.
absl::Time ClosesBefore(const v1::Deadline& deadline);

// Whether something received at `receive_time` is late; what that means is the deadline's
// strictness.
bool IsLate(const v1::Deadline& deadline, absl::Time receive_time);

// "tot en met zondag 25 oktober 2020", "vóór dinsdag 15 maart 2022",
// "tot en met vrijdag 9 september 2022 om 12.00 uur".
std::string InDutch(const v1::Deadline& deadline);

// Sets the output-only fields.
void Complete(v1::Deadline& deadline);

}  // namespace scharnier::types

#endif  // SCHARNIER_COMMON_TYPES_DEADLINE_H_
