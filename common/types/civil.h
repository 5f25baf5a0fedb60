// File: civil.h
// Civil dates and times of day, as people say them: checks, instants, and the words for them in
// Dutch.

#ifndef SCHARNIER_COMMON_TYPES_CIVIL_H_
#define SCHARNIER_COMMON_TYPES_CIVIL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/type/date.pb.h"
#include "google/type/timeofday.pb.h"

namespace scharnier::types {

// Europe/Brussels. Missing time-zone data ends the process: every answer would be wrong.
absl::TimeZone Brussels();

// Checks that a date is complete, exists and lies between 1900 and 2999, beyond which it can only
// be a slip. Errors: INVALID_ARGUMENT FIELD_INVALID at `field`.
absl::Status CheckDay(const google::type::Date& date, absl::string_view field);
// The same for a month: a date whose day is 0.
absl::Status CheckMonth(const google::type::Date& date, absl::string_view field);
// Checks that a time of day goes no further than minutes, and that the zone's clocks show it on
// that (checked) day. Errors: INVALID_ARGUMENT FIELD_INVALID at `field`.
absl::Status CheckTime(const google::type::Date& date, const google::type::TimeOfDay& time,
                       absl::TimeZone zone, absl::string_view field);

// These take what was checked.
absl::CivilDay ToDay(const google::type::Date& date);
absl::CivilMonth ToMonth(const google::type::Date& date);
// The instant of a day and a time; the first one, where the zone's clocks show it twice.
absl::Time ToInstant(const google::type::Date& date, const google::type::TimeOfDay& time,
                     absl::TimeZone zone);

// "mei".
std::string MonthInDutch(absl::CivilMonth month);
// "donderdag 15 oktober 2020".
std::string DayInDutch(absl::CivilDay day);
// "9.00".
std::string TimeInDutch(const google::type::TimeOfDay& time);
// "vrijdag 9 september 2022 om 23.59 uur": an instant as Brussels' clocks showed it, to the minute.
std::string InstantInDutch(absl::Time instant);

}  // namespace scharnier::types

#endif  // SCHARNIER_COMMON_TYPES_CIVIL_H_
