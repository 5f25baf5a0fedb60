#include "common/types/when.h"

#include <unicode/ucal.h>
#include <unicode/unistr.h>

#include "absl/strings/str_cat.h"
#include "common/errors/macros.h"
#include "common/types/deadline.h"
#include "common/types/violations.h"

namespace scharnier::types {
namespace {

using v1::Moment;
using v1::Period;

// Only names that ICU knows are looked for: absl would read any file that a path names, and would
// remember for ever each name that it did not find.
bool LoadZone(const std::string& name, absl::TimeZone& zone) {
  const icu::UnicodeString id = icu::UnicodeString::fromUTF8(name);
  UChar canonical[100];
  UBool known = false;
  UErrorCode error = U_ZERO_ERROR;
  ucal_getCanonicalTimeZoneID(id.getBuffer(), id.length(), canonical, std::size(canonical), &known,
                              &error);
  return U_SUCCESS(error) && known && absl::LoadTimeZone(name, &zone);
}

// The zone of a checked period.
absl::TimeZone Zone(const Period& period) {
  absl::TimeZone zone = Brussels();
  if (!period.time_zone().empty()) {
    absl::LoadTimeZone(period.time_zone(), &zone);
  }
  return zone;
}

absl::Status CheckMoment(const Moment& moment, absl::TimeZone zone, const std::string& field) {
  const std::string date = absl::StrCat(field, ".date");
  const std::string time = absl::StrCat(field, ".time");
  const std::string part = absl::StrCat(field, ".part");
  if (!moment.has_date()) {
    return FieldMissing(date, "a beginning or an end has a date");
  }
  switch (moment.precision()) {
    case v1::PRECISION_MINUTE:
    case v1::PRECISION_DAY:
      RETURN_IF_ERROR(CheckDay(moment.date(), date));
      break;
    case v1::PRECISION_MONTH_PART:
    case v1::PRECISION_MONTH:
      RETURN_IF_ERROR(CheckMonth(moment.date(), date));
      break;
    default:
      return FieldMissing(absl::StrCat(field, ".precision"), "says how much of the date is meant");
  }
  if (moment.precision() == v1::PRECISION_MINUTE) {
    if (!moment.has_time()) {
      return FieldMissing(time, "PRECISION_MINUTE needs a time");
    }
    RETURN_IF_ERROR(CheckTime(moment.date(), moment.time(), zone, time));
  } else if (moment.has_time()) {
    return FieldInvalid(time, "only PRECISION_MINUTE takes a time");
  }
  if (moment.precision() == v1::PRECISION_MONTH_PART) {
    if (moment.part() == v1::MONTH_PART_UNSPECIFIED) {
      return FieldMissing(part, "PRECISION_MONTH_PART needs a part");
    }
  } else if (moment.part() != v1::MONTH_PART_UNSPECIFIED) {
    return FieldInvalid(part, "only PRECISION_MONTH_PART takes a part");
  }
  return absl::OkStatus();
}

// The first instant of what a moment names.
absl::Time Start(const Moment& moment, absl::TimeZone zone) {
  switch (moment.precision()) {
    case v1::PRECISION_MINUTE:
      return ToInstant(moment.date(), moment.time(), zone);
    case v1::PRECISION_DAY:
      return absl::FromCivil(ToDay(moment.date()), zone);
    default: {
      const absl::CivilDay first(ToMonth(moment.date()));
      const int days = moment.part() == v1::MONTH_PART_MIDDLE ? 10
                       : moment.part() == v1::MONTH_PART_END  ? 20
                                                              : 0;
      return absl::FromCivil(first + days, zone);
    }
  }
}

// The first instant after what a moment names as an end.
absl::Time Finish(const Moment& moment, absl::TimeZone zone) {
  switch (moment.precision()) {
    case v1::PRECISION_MINUTE:
      return ToInstant(moment.date(), moment.time(), zone);
    case v1::PRECISION_DAY:
      return absl::FromCivil(ToDay(moment.date()) + 1, zone);
    default: {
      const absl::CivilMonth month = ToMonth(moment.date());
      switch (moment.part()) {
        case v1::MONTH_PART_BEGIN:
          return absl::FromCivil(absl::CivilDay(month) + 10, zone);
        case v1::MONTH_PART_MIDDLE:
          return absl::FromCivil(absl::CivilDay(month) + 20, zone);
        default:
          return absl::FromCivil(month + 1, zone);
      }
    }
  }
}

absl::Status CheckPeriod(const Period& period, const std::string& field) {
  absl::TimeZone zone = Brussels();
  if (!period.time_zone().empty() && !LoadZone(period.time_zone(), zone)) {
    return FieldInvalid(absl::StrCat(field, ".time_zone"), "an IANA time zone: Europe/Brussels");
  }
  if (!period.has_from() && !period.has_to()) {
    return FieldMissing(absl::StrCat(field, ".from"), "a period has a beginning or an end");
  }
  if (period.has_from()) {
    RETURN_IF_ERROR(CheckMoment(period.from(), zone, absl::StrCat(field, ".from")));
  }
  if (period.has_to()) {
    RETURN_IF_ERROR(CheckMoment(period.to(), zone, absl::StrCat(field, ".to")));
    if (period.has_from() && Finish(period.to(), zone) <= Start(period.from(), zone)) {
      return FieldInvalid(absl::StrCat(field, ".to"), "the end comes after the beginning");
    }
    if (period.minimum_months() != 0) {
      return FieldInvalid(absl::StrCat(field, ".minimum_months"),
                          "only a period without an end has a minimum");
    }
  }
  return absl::OkStatus();
}

// How much of a moment is said, where the other end of a span says the rest.
enum class Said { kAll, kWithoutYear, kWithoutMonth };

const char* PartInDutch(v1::MonthPart part) {
  switch (part) {
    case v1::MONTH_PART_BEGIN:
      return "begin";
    case v1::MONTH_PART_MIDDLE:
      return "midden";
    default:
      return "eind";
  }
}

// The month and year that follow a day's number or a part: " mei 2021".
std::string Tail(const Moment& moment, Said said) {
  if (said == Said::kWithoutMonth) {
    return "";
  }
  std::string text = absl::StrCat(" ", MonthInDutch(ToMonth(moment.date())));
  if (said == Said::kAll) {
    absl::StrAppend(&text, " ", moment.date().year());
  }
  return text;
}

// A moment within a span of days or of parts: "1", "30 mei", "begin", "midden juni 2021".
std::string Brief(const Moment& moment, Said said) {
  if (moment.precision() == v1::PRECISION_DAY) {
    return absl::StrCat(moment.date().day(), Tail(moment, said));
  }
  return absl::StrCat(PartInDutch(moment.part()), Tail(moment, said));
}

// A moment by itself: "donderdag 15 oktober 2020 om 9.00 uur", "midden mei 2021", "mei 2021".
std::string Full(const Moment& moment) {
  switch (moment.precision()) {
    case v1::PRECISION_MINUTE:
      return absl::StrCat(DayInDutch(ToDay(moment.date())), " om ", TimeInDutch(moment.time()),
                          " uur");
    case v1::PRECISION_DAY:
      return DayInDutch(ToDay(moment.date()));
    case v1::PRECISION_MONTH_PART:
      return Brief(moment, Said::kAll);
    default:
      return absl::StrCat(MonthInDutch(ToMonth(moment.date())), " ", moment.date().year());
  }
}

// " tot " before a time, which is where it ends; " tot en met " before what is included whole.
const char* Until(const Moment& end) {
  return end.precision() == v1::PRECISION_MINUTE ? " tot " : " tot en met ";
}

std::string SpanInDutch(const Moment& from, const Moment& to) {
  const bool same_year = from.date().year() == to.date().year();
  const bool same_month = same_year && from.date().month() == to.date().month();
  const bool same_day = same_month && from.date().day() == to.date().day();
  const v1::Precision precision = from.precision();
  if (precision == to.precision()) {
    if (precision == v1::PRECISION_MINUTE && same_day) {
      return absl::StrCat(DayInDutch(ToDay(from.date())), " van ", TimeInDutch(from.time()),
                          " tot ", TimeInDutch(to.time()), " uur");
    }
    if (precision != v1::PRECISION_MINUTE && same_day && from.part() == to.part()) {
      return Full(from);
    }
    if (precision == v1::PRECISION_MONTH && same_year) {
      return absl::StrCat(MonthInDutch(ToMonth(from.date())), "-", Full(to));
    }
    if (precision == v1::PRECISION_DAY || precision == v1::PRECISION_MONTH_PART) {
      const Said said = same_month  ? Said::kWithoutMonth
                        : same_year ? Said::kWithoutYear
                                    : Said::kAll;
      return absl::StrCat("van ", Brief(from, said), " tot en met ", Brief(to, Said::kAll));
    }
  }
  return absl::StrCat("van ", Full(from), Until(to), Full(to));
}

std::string MinimumInDutch(int months) {
  if (months % 12 == 0) {
    return absl::StrCat("minstens ", months / 12, " jaar");
  }
  return absl::StrCat("minstens ", months, months == 1 ? " maand" : " maanden");
}

std::string InDutch(const Period& period) {
  std::string text;
  if (period.has_from() && period.has_to()) {
    text = SpanInDutch(period.from(), period.to());
  } else if (period.has_to()) {
    text = absl::StrCat(Until(period.to()) + 1, Full(period.to()));
  } else {
    text = absl::StrCat("vanaf ", Full(period.from()));
    if (period.minimum_months() > 0) {
      absl::StrAppend(&text, ", ", MinimumInDutch(period.minimum_months()));
    }
  }
  const bool has_time = period.from().has_time() || period.to().has_time();
  if (has_time && !period.time_zone().empty() && period.time_zone() != Brussels().name()) {
    absl::StrAppend(&text, " (", period.time_zone(), ")");
  }
  return text;
}

}  // namespace

absl::Status CheckWhen(const v1::When& when, absl::string_view field) {
  switch (when.kind_case()) {
    case v1::When::kDeadline:
      return CheckDeadline(when.deadline(), absl::StrCat(field, ".deadline"));
    case v1::When::kPeriod:
      return CheckPeriod(when.period(), absl::StrCat(field, ".period"));
    case v1::When::kNotKnown:
      return absl::OkStatus();
    case v1::When::KIND_NOT_SET:
      break;
  }
  return FieldMissing(field, "one of deadline, period, not_known is given");
}

std::optional<absl::Time> Begin(const v1::When& when) {
  if (!when.period().has_from()) {
    return std::nullopt;
  }
  return Start(when.period().from(), Zone(when.period()));
}

std::optional<absl::Time> End(const v1::When& when) {
  if (when.has_deadline()) {
    return ClosesBefore(when.deadline());
  }
  if (!when.period().has_to()) {
    return std::nullopt;
  }
  return Finish(when.period().to(), Zone(when.period()));
}

std::string InDutch(const v1::When& when) {
  switch (when.kind_case()) {
    case v1::When::kDeadline:
      return InDutch(when.deadline());
    case v1::When::kPeriod:
      return InDutch(when.period());
    default:
      return "nog niet bekend";
  }
}

void Complete(v1::When& when) {
  if (when.has_deadline()) {
    Complete(*when.mutable_deadline());
  }
  when.set_display(InDutch(when));
}

}  // namespace scharnier::types
