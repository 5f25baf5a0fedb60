#include "common/types/civil.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/errors/macros.h"
#include "common/types/violations.h"

namespace scharnier::types {
namespace {

constexpr int kFirstYear = 1900;
constexpr int kLastYear = 2999;

absl::Status CheckYearAndMonth(const google::type::Date& date, absl::string_view field) {
  if (date.year() < kFirstYear || date.year() > kLastYear) {
    return FieldInvalid(field,
                        absl::StrCat("the year lies between ", kFirstYear, " and ", kLastYear));
  }
  if (date.month() < 1 || date.month() > 12) {
    return FieldInvalid(field, "the month is 1 to 12");
  }
  return absl::OkStatus();
}

absl::CivilMinute ToMinute(const google::type::Date& date, const google::type::TimeOfDay& time) {
  return absl::CivilMinute(date.year(), date.month(), date.day(), time.hours(), time.minutes());
}

}  // namespace

absl::TimeZone Brussels() {
  static const absl::TimeZone zone = [] {
    absl::TimeZone loaded;
    if (!absl::LoadTimeZone("Europe/Brussels", &loaded)) {
      std::fputs("No time-zone data for Europe/Brussels: install the package tzdata.\n", stderr);
      std::abort();
    }
    return loaded;
  }();
  return zone;
}

absl::Status CheckDay(const google::type::Date& date, absl::string_view field) {
  RETURN_IF_ERROR(CheckYearAndMonth(date, field));
  // CivilDay carries 30 February over to March.
  if (date.day() < 1 || date.day() > 31 || ToDay(date).day() != date.day()) {
    return FieldInvalid(field, "a complete date that exists: the day is one of the month's");
  }
  return absl::OkStatus();
}

absl::Status CheckMonth(const google::type::Date& date, absl::string_view field) {
  RETURN_IF_ERROR(CheckYearAndMonth(date, field));
  if (date.day() != 0) {
    return FieldInvalid(field, "the day is 0 where the precision is a month or a part of one");
  }
  return absl::OkStatus();
}

absl::Status CheckTime(const google::type::Date& date, const google::type::TimeOfDay& time,
                       absl::TimeZone zone, absl::string_view field) {
  if (time.hours() < 0 || time.hours() > 23 || time.minutes() < 0 || time.minutes() > 59) {
    return FieldInvalid(field, "a time of day from 0:00 to 23:59");
  }
  if (time.seconds() != 0 || time.nanos() != 0) {
    return FieldInvalid(field, "hours and minutes alone");
  }
  if (zone.At(absl::CivilSecond(ToMinute(date, time))).kind == absl::TimeZone::TimeInfo::SKIPPED) {
    return FieldInvalid(field, "this time does not exist on that day: a clock change skips it");
  }
  return absl::OkStatus();
}

absl::CivilDay ToDay(const google::type::Date& date) {
  return absl::CivilDay(date.year(), date.month(), date.day());
}

absl::CivilMonth ToMonth(const google::type::Date& date) {
  return absl::CivilMonth(date.year(), date.month());
}

absl::Time ToInstant(const google::type::Date& date, const google::type::TimeOfDay& time,
                     absl::TimeZone zone) {
  return absl::FromCivil(absl::CivilSecond(ToMinute(date, time)), zone);
}

std::string MonthInDutch(absl::CivilMonth month) {
  static constexpr const char* kMonths[] = {"januari",   "februari", "maart",    "april",
                                            "mei",       "juni",     "juli",     "augustus",
                                            "september", "oktober",  "november", "december"};
  return kMonths[month.month() - 1];
}

std::string DayInDutch(absl::CivilDay day) {
  static constexpr const char* kWeekdays[] = {"maandag", "dinsdag",  "woensdag", "donderdag",
                                              "vrijdag", "zaterdag", "zondag"};
  const char* weekday = kWeekdays[static_cast<int>(absl::GetWeekday(day))];
  return absl::StrCat(weekday, " ", day.day(), " ", MonthInDutch(absl::CivilMonth(day)), " ",
                      day.year());
}

std::string TimeInDutch(const google::type::TimeOfDay& time) {
  return absl::StrFormat("%d.%02d", time.hours(), time.minutes());
}

std::string InstantInDutch(absl::Time instant) {
  const absl::CivilMinute minute = absl::ToCivilMinute(instant, Brussels());
  google::type::TimeOfDay time;
  time.set_hours(minute.hour());
  time.set_minutes(minute.minute());
  return absl::StrCat(DayInDutch(absl::CivilDay(minute)), " om ", TimeInDutch(time), " uur");
}

}  // namespace scharnier::types
