// File: when.h
// When something is, as precise as it was published: its beginning and end, and the words for it in
// Dutch.

#ifndef SCHARNIER_COMMON_TYPES_WHEN_H_
#define SCHARNIER_COMMON_TYPES_WHEN_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/types/civil.h"
#include "scharnier/types/v1/when.pb.h"

namespace scharnier::types {

// Checks what field rules cannot: exactly one kind; dates and times that exist in their zone; a
// precision that fits; an end after the beginning; a known zone.
// Errors: INVALID_ARGUMENT FIELD_INVALID or FIELD_MISSING below `field`.
absl::Status CheckWhen(const v1::When& when, absl::string_view field);

// The functions below take what was checked.

// The first instant that belongs to it; nullopt where that is not known, as with a deadline. A
// month or part begins with its first day.
std::optional<absl::Time> Begin(const v1::When& when);
// The first instant after it; nullopt where no end is known. A day, part or month is included
// whole; a deadline ends where it closes.
std::optional<absl::Time> End(const v1::When& when);

// "donderdag 15 oktober 2020 van 9.00 tot 12.00 uur", "februari 2022", "eind mei 2021",
// "april-mei 2021", "vanaf september 2021, minstens 2 jaar", "van 1 tot en met 3 juni 2022",
// "tot en met mei 2021", "nog niet bekend". What is published as one day, part or month ("midden
// mei 2021") begins and ends with it; with a beginning alone it is "vanaf midden mei 2021". Times
// of another zone than Europe/Brussels are followed by its name in brackets.
std::string InDutch(const v1::When& when);

// Sets the output-only fields, also those of a deadline in it.
void Complete(v1::When& when);

}  // namespace scharnier::types

#endif  // SCHARNIER_COMMON_TYPES_WHEN_H_
