#include "common/types/deadline.h"

#include "absl/strings/str_cat.h"
#include "common/errors/macros.h"
#include "common/types/violations.h"
#include "google/protobuf/util/time_util.h"

namespace scharnier::types {

absl::Status CheckDeadline(const v1::Deadline& deadline, absl::string_view field) {
  const std::string date = absl::StrCat(field, ".date");
  if (!deadline.has_date()) {
    return FieldMissing(date, "a deadline has a date");
  }
  RETURN_IF_ERROR(CheckDay(deadline.date(), date));
  if (deadline.has_time()) {
    return CheckTime(deadline.date(), deadline.time(), Brussels(), absl::StrCat(field, ".time"));
  }
  return absl::OkStatus();
}

absl::Time ClosesBefore(const v1::Deadline& deadline) {
  const bool inclusive = deadline.bound() == v1::BOUND_INCLUSIVE;
  if (deadline.has_time()) {
    const absl::Time minute = ToInstant(deadline.date(), deadline.time(), Brussels());
    return inclusive ? minute + absl::Minutes(1) : minute;
  }
  const absl::CivilDay day = ToDay(deadline.date());
  return absl::FromCivil(inclusive ? day + 1 : day, Brussels());
}

bool IsLate(const v1::Deadline& deadline, absl::Time receive_time) {
  return receive_time >= ClosesBefore(deadline);
}

std::string InDutch(const v1::Deadline& deadline) {
  std::string text = absl::StrCat(deadline.bound() == v1::BOUND_INCLUSIVE ? "tot en met " : "vóór ",
                                  DayInDutch(ToDay(deadline.date())));
  if (deadline.has_time()) {
    absl::StrAppend(&text, " om ", TimeInDutch(deadline.time()), " uur");
  }
  return text;
}

void Complete(v1::Deadline& deadline) {
  *deadline.mutable_closes_before() = google::protobuf::util::TimeUtil::SecondsToTimestamp(
      absl::ToUnixSeconds(ClosesBefore(deadline)));
  deadline.set_display(InDutch(deadline));
}

}  // namespace scharnier::types
