#include "common/types/deadline.h"

#include "absl/strings/str_cat.h"
#include "common/testing/matchers.h"
#include "common/testing/text_proto.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/time_util.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::types {
namespace {

using ::scharnier::testing::FromText;
using ::scharnier::testing::HasField;
using ::scharnier::testing::HasReason;
using ::scharnier::testing::IsOk;

absl::Time At(const std::string& rfc3339) {
  absl::Time time;
  std::string problem;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, rfc3339, &time, &problem)) << problem;
  return time;
}

v1::Deadline Day(int year, int month, int day, v1::Bound bound = v1::BOUND_INCLUSIVE) {
  v1::Deadline deadline;
  deadline.mutable_date()->set_year(year);
  deadline.mutable_date()->set_month(month);
  deadline.mutable_date()->set_day(day);
  deadline.set_strictness(v1::STRICTNESS_HARD);
  deadline.set_bound(bound);
  return deadline;
}

v1::Deadline Minute(v1::Deadline deadline, int hours, int minutes) {
  deadline.mutable_time()->set_hours(hours);
  deadline.mutable_time()->set_minutes(minutes);
  return deadline;
}

struct Case {
  std::string name;
  v1::Deadline deadline;
  std::string closes_before;
  std::string display;
};

class DeadlineTest : public ::testing::TestWithParam<Case> {};

TEST_P(DeadlineTest, ClosesAtItsInstantAndIsLateFromThere) {
  const Case& c = GetParam();
  EXPECT_THAT(CheckDeadline(c.deadline, "deadline"), IsOk());
  const absl::Time closes = At(c.closes_before);
  EXPECT_EQ(ClosesBefore(c.deadline), closes);
  EXPECT_FALSE(IsLate(c.deadline, closes - absl::Milliseconds(1)));
  EXPECT_TRUE(IsLate(c.deadline, closes));
  EXPECT_TRUE(IsLate(c.deadline, closes + absl::Milliseconds(1)));
}

TEST_P(DeadlineTest, SaysSoInDutch) { EXPECT_EQ(InDutch(GetParam().deadline), GetParam().display); }

TEST_P(DeadlineTest, CompletesItsOutputFields) {
  v1::Deadline deadline = GetParam().deadline;
  deadline.set_display("overwritten");
  Complete(deadline);
  EXPECT_EQ(google::protobuf::util::TimeUtil::ToString(deadline.closes_before()),
            GetParam().closes_before);
  EXPECT_EQ(deadline.display(), GetParam().display);
}

constexpr v1::Bound kExclusive = v1::BOUND_EXCLUSIVE;

// As published; closes_before as in the list of the five programmes.
INSTANTIATE_TEST_SUITE_P(
    Programmes, DeadlineTest,
    ::testing::Values(Case{"Reconversie", Day(2022, 9, 9), "2022-09-09T22:00:00Z",
                           "tot en met vrijdag 9 september 2022"},
                      Case{"Fiche", Day(2022, 3, 15, kExclusive), "2022-03-14T23:00:00Z",
                           "vóór dinsdag 15 maart 2022"},
                      Case{"Rapporteren", Day(2021, 9, 17), "2021-09-17T22:00:00Z",
                           "tot en met vrijdag 17 september 2021"},
                      Case{"Goesting", Day(2021, 4, 15), "2021-04-15T22:00:00Z",
                           "tot en met donderdag 15 april 2021"},
                      Case{"Antwerpen", Day(2020, 10, 11), "2020-10-11T22:00:00Z",
                           "tot en met zondag 11 oktober 2020"},
                      Case{"Brussel", Day(2020, 10, 7), "2020-10-07T22:00:00Z",
                           "tot en met woensdag 7 oktober 2020"},
                      Case{"OostVlaanderen", Day(2020, 10, 23), "2020-10-23T22:00:00Z",
                           "tot en met vrijdag 23 oktober 2020"},
                      Case{"WestVlaanderen", Day(2020, 10, 25), "2020-10-25T23:00:00Z",
                           "tot en met zondag 25 oktober 2020"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    DaysOfOtherLengths, DeadlineTest,
    ::testing::Values(Case{"DayOf23Hours", Day(2022, 3, 27), "2022-03-27T22:00:00Z",
                           "tot en met zondag 27 maart 2022"},
                      Case{"BeforeDayOf23Hours", Day(2022, 3, 27, kExclusive),
                           "2022-03-26T23:00:00Z", "vóór zondag 27 maart 2022"},
                      Case{"DayOf25Hours", Day(2022, 10, 30), "2022-10-30T23:00:00Z",
                           "tot en met zondag 30 oktober 2022"},
                      Case{"BeforeDayOf25Hours", Day(2022, 10, 30, kExclusive),
                           "2022-10-29T22:00:00Z", "vóór zondag 30 oktober 2022"},
                      Case{"LeapDay", Day(2024, 2, 29), "2024-02-29T23:00:00Z",
                           "tot en met donderdag 29 februari 2024"},
                      Case{"BeforeLeapDay", Day(2024, 2, 29, kExclusive), "2024-02-28T23:00:00Z",
                           "vóór donderdag 29 februari 2024"},
                      Case{"BeforeLeapDayIncluded", Day(2024, 2, 28), "2024-02-28T23:00:00Z",
                           "tot en met woensdag 28 februari 2024"},
                      Case{"LastDayOfYear", Day(2020, 12, 31), "2020-12-31T23:00:00Z",
                           "tot en met donderdag 31 december 2020"},
                      Case{"FirstDayOfYearExcluded", Day(2021, 1, 1, kExclusive),
                           "2020-12-31T23:00:00Z", "vóór vrijdag 1 januari 2021"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    WithTimes, DeadlineTest,
    ::testing::Values(Case{"Noon", Minute(Day(2022, 9, 9), 12, 0), "2022-09-09T10:01:00Z",
                           "tot en met vrijdag 9 september 2022 om 12.00 uur"},
                      Case{"BeforeNoon", Minute(Day(2022, 9, 9, kExclusive), 12, 0),
                           "2022-09-09T10:00:00Z", "vóór vrijdag 9 september 2022 om 12.00 uur"},
                      Case{"LastMinuteOfDay", Minute(Day(2020, 10, 25), 23, 59),
                           "2020-10-25T23:00:00Z",
                           "tot en met zondag 25 oktober 2020 om 23.59 uur"},
                      Case{"Midnight", Minute(Day(2021, 1, 1, kExclusive), 0, 0),
                           "2020-12-31T23:00:00Z", "vóór vrijdag 1 januari 2021 om 0.00 uur"},
                      Case{"LastMinuteBeforeGap", Minute(Day(2022, 3, 27), 1, 59),
                           "2022-03-27T01:00:00Z", "tot en met zondag 27 maart 2022 om 1.59 uur"},
                      Case{"FirstMinuteAfterGap", Minute(Day(2022, 3, 27, kExclusive), 3, 0),
                           "2022-03-27T01:00:00Z", "vóór zondag 27 maart 2022 om 3.00 uur"},
                      Case{"RepeatedIsTheFirst", Minute(Day(2022, 10, 30, kExclusive), 2, 30),
                           "2022-10-30T00:30:00Z", "vóór zondag 30 oktober 2022 om 2.30 uur"},
                      Case{"RepeatedLastMinute", Minute(Day(2022, 10, 30), 2, 59),
                           "2022-10-30T01:00:00Z",
                           "tot en met zondag 30 oktober 2022 om 2.59 uur"}),
    [](const auto& test) { return test.param.name; });

TEST(IsLateTest, The25thOfOctober2020Lasts25Hours) {
  const v1::Deadline deadline = Day(2020, 10, 25);
  EXPECT_FALSE(IsLate(deadline, At("2020-10-25T22:00:00.000Z")));  // 23.00 uur by the clock
  EXPECT_FALSE(IsLate(deadline, At("2020-10-25T22:59:59.999Z")));
  EXPECT_TRUE(IsLate(deadline, At("2020-10-25T23:00:00.000Z")));
  EXPECT_EQ(ClosesBefore(deadline) - ClosesBefore(Day(2020, 10, 24)), absl::Hours(25));
  EXPECT_EQ(ClosesBefore(Day(2022, 3, 27)) - ClosesBefore(Day(2022, 3, 26)), absl::Hours(23));
}

TEST(CheckDeadlineTest, SaysWhichFieldIsWrong) {
  const struct {
    const char* text;
    v1::ErrorReason reason;
    const char* field;
  } cases[] = {
      {"", v1::ERROR_REASON_FIELD_MISSING, "date"},
      {"date {}", v1::ERROR_REASON_FIELD_INVALID, "date"},
      {"date { year: 2020 month: 10 }", v1::ERROR_REASON_FIELD_INVALID, "date"},
      {"date { year: 2020 day: 10 }", v1::ERROR_REASON_FIELD_INVALID, "date"},
      {"date { month: 10 day: 25 }", v1::ERROR_REASON_FIELD_INVALID, "date"},
      {"date { year: 1899 month: 12 day: 31 }", v1::ERROR_REASON_FIELD_INVALID, "date"},
      {"date { year: 3000 month: 1 day: 1 }", v1::ERROR_REASON_FIELD_INVALID, "date"},
      {"date { year: -2020 month: 10 day: 25 }", v1::ERROR_REASON_FIELD_INVALID, "date"},
      {"date { year: 2020 month: 13 day: 1 }", v1::ERROR_REASON_FIELD_INVALID, "date"},
      {"date { year: 2020 month: -1 day: 1 }", v1::ERROR_REASON_FIELD_INVALID, "date"},
      {"date { year: 2020 month: 10 day: 32 }", v1::ERROR_REASON_FIELD_INVALID, "date"},
      {"date { year: 2020 month: 10 day: -1 }", v1::ERROR_REASON_FIELD_INVALID, "date"},
      {"date { year: 2020 month: 10 day: 2147483647 }", v1::ERROR_REASON_FIELD_INVALID, "date"},
      {"date { year: 2021 month: 4 day: 31 }", v1::ERROR_REASON_FIELD_INVALID, "date"},
      {"date { year: 2023 month: 2 day: 29 }", v1::ERROR_REASON_FIELD_INVALID, "date"},
      {"date { year: 2100 month: 2 day: 29 }", v1::ERROR_REASON_FIELD_INVALID, "date"},
      {"date { year: 2020 month: 10 day: 25 } time { hours: 24 }", v1::ERROR_REASON_FIELD_INVALID,
       "time"},
      {"date { year: 2020 month: 10 day: 25 } time { hours: -1 }", v1::ERROR_REASON_FIELD_INVALID,
       "time"},
      {"date { year: 2020 month: 10 day: 25 } time { minutes: 60 }", v1::ERROR_REASON_FIELD_INVALID,
       "time"},
      {"date { year: 2020 month: 10 day: 25 } time { minutes: -1 }", v1::ERROR_REASON_FIELD_INVALID,
       "time"},
      {"date { year: 2020 month: 10 day: 25 } time { hours: 23 minutes: 59 seconds: 59 }",
       v1::ERROR_REASON_FIELD_INVALID, "time"},
      {"date { year: 2020 month: 10 day: 25 } time { hours: 9 nanos: 1 }",
       v1::ERROR_REASON_FIELD_INVALID, "time"},
      {"date { year: 2022 month: 3 day: 27 } time { hours: 2 minutes: 30 }",
       v1::ERROR_REASON_FIELD_INVALID, "time"},
      {"date { year: 2022 month: 3 day: 27 } time { hours: 2 }", v1::ERROR_REASON_FIELD_INVALID,
       "time"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const absl::Status status =
        CheckDeadline(FromText<v1::Deadline>(c.text), "session.window.deadline");
    EXPECT_THAT(status, HasReason(c.reason));
    EXPECT_THAT(status, HasField(absl::StrCat("session.window.deadline.", c.field)));
  }
}

TEST(CheckDeadlineTest, AcceptsDaysAndTimesThatExist) {
  for (const char* text : {
           "date { year: 2024 month: 2 day: 29 }",
           "date { year: 2000 month: 2 day: 29 }",
           "date { year: 1900 month: 1 day: 1 }",
           "date { year: 2999 month: 12 day: 31 }",
           "date { year: 2022 month: 3 day: 27 } time { hours: 3 }",
           "date { year: 2022 month: 10 day: 30 } time { hours: 2 minutes: 30 }",
           "date { year: 2020 month: 10 day: 25 } time {}",
       }) {
    EXPECT_THAT(CheckDeadline(FromText<v1::Deadline>(text), "deadline"), IsOk()) << text;
  }
}

}  // namespace
}  // namespace scharnier::types
