#include "common/types/when.h"

#include "absl/strings/str_cat.h"
#include "common/testing/matchers.h"
#include "common/testing/text_proto.h"
#include "gmock/gmock.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::types {
namespace {

using ::scharnier::testing::FromText;
using ::scharnier::testing::HasField;
using ::scharnier::testing::HasReason;
using ::scharnier::testing::IsOk;

std::optional<absl::Time> At(const std::string& rfc3339) {
  if (rfc3339.empty()) {
    return std::nullopt;
  }
  absl::Time time;
  std::string problem;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, rfc3339, &time, &problem)) << problem;
  return time;
}

// "2020-10-15 9:00", "2020-10-15", "2021-05 b", "2021-05".
v1::Moment AMoment(const std::string& text) {
  v1::Moment moment;
  int year = 0, month = 0, day = 0, hours = 0, minutes = 0;
  char part = 0;
  const int fields =
      std::sscanf(text.c_str(), "%d-%d-%d %d:%d", &year, &month, &day, &hours, &minutes);
  moment.mutable_date()->set_year(year);
  moment.mutable_date()->set_month(month);
  moment.mutable_date()->set_day(day);
  if (fields == 5) {
    moment.set_precision(v1::PRECISION_MINUTE);
    moment.mutable_time()->set_hours(hours);
    moment.mutable_time()->set_minutes(minutes);
  } else if (fields == 3) {
    moment.set_precision(v1::PRECISION_DAY);
  } else if (std::sscanf(text.c_str(), "%d-%d %c", &year, &month, &part) == 3) {
    moment.set_precision(v1::PRECISION_MONTH_PART);
    moment.set_part(part == 'b'   ? v1::MONTH_PART_BEGIN
                    : part == 'm' ? v1::MONTH_PART_MIDDLE
                                  : v1::MONTH_PART_END);
  } else {
    moment.set_precision(v1::PRECISION_MONTH);
  }
  return moment;
}

v1::When Period(const std::string& from, const std::string& to, int minimum_months = 0,
                const std::string& zone = "") {
  v1::When when;
  v1::Period& period = *when.mutable_period();
  if (!from.empty()) {
    *period.mutable_from() = AMoment(from);
  }
  if (!to.empty()) {
    *period.mutable_to() = AMoment(to);
  }
  period.set_minimum_months(minimum_months);
  period.set_time_zone(zone);
  return when;
}

struct Case {
  v1::When when;
  std::string begin;
  std::string end;
  std::string display;
};

void Expect(const Case& c) {
  SCOPED_TRACE(c.display);
  EXPECT_THAT(CheckWhen(c.when, "when"), IsOk());
  EXPECT_EQ(Begin(c.when), At(c.begin));
  EXPECT_EQ(End(c.when), At(c.end));
  v1::When completed = c.when;
  Complete(completed);
  EXPECT_EQ(completed.display(), c.display);
}

TEST(WhenTest, CarriesTheFiveProgrammes) {
  const Case cases[] = {
      // Focusgroepen.
      {Period("2020-10-15 9:00", "2020-10-15 12:00"), "2020-10-15T07:00:00Z",
       "2020-10-15T10:00:00Z", "donderdag 15 oktober 2020 van 9.00 tot 12.00 uur"},
      {Period("2020-10-15 13:00", "2020-10-15 16:00"), "2020-10-15T11:00:00Z",
       "2020-10-15T14:00:00Z", "donderdag 15 oktober 2020 van 13.00 tot 16.00 uur"},
      {Period("2020-10-13 13:00", "2020-10-13 16:00"), "2020-10-13T11:00:00Z",
       "2020-10-13T14:00:00Z", "dinsdag 13 oktober 2020 van 13.00 tot 16.00 uur"},
      {Period("2020-10-26 13:00", "2020-10-26 16:00"), "2020-10-26T12:00:00Z",
       "2020-10-26T15:00:00Z", "maandag 26 oktober 2020 van 13.00 tot 16.00 uur"},
      {Period("2020-10-29 13:00", "2020-10-29 16:00"), "2020-10-29T12:00:00Z",
       "2020-10-29T15:00:00Z", "donderdag 29 oktober 2020 van 13.00 tot 16.00 uur"},
      // Reconversie.
      {Period("2022-02", "2022-02"), "2022-01-31T23:00:00Z", "2022-02-28T23:00:00Z",
       "februari 2022"},
      {Period("2022-03-29 9:30", "2022-03-29 13:30"), "2022-03-29T07:30:00Z",
       "2022-03-29T11:30:00Z", "dinsdag 29 maart 2022 van 9.30 tot 13.30 uur"},
      {Period("2022-03-31 12:30", "2022-03-31 16:30"), "2022-03-31T10:30:00Z",
       "2022-03-31T14:30:00Z", "donderdag 31 maart 2022 van 12.30 tot 16.30 uur"},
      {Period("2022-04-01 9:30", "2022-04-01 13:30"), "2022-04-01T07:30:00Z",
       "2022-04-01T11:30:00Z", "vrijdag 1 april 2022 van 9.30 tot 13.30 uur"},
      {Period("2022-05-09", "2022-05-09"), "2022-05-08T22:00:00Z", "2022-05-09T22:00:00Z",
       "maandag 9 mei 2022"},
      // Uitbreidingsbeleid.
      {Period("2021-03-01 14:00", "2021-03-01 17:00"), "2021-03-01T13:00:00Z",
       "2021-03-01T16:00:00Z", "maandag 1 maart 2021 van 14.00 tot 17.00 uur"},
      {Period("2021-04", "2021-05"), "2021-03-31T22:00:00Z", "2021-05-31T22:00:00Z",
       "april-mei 2021"},
      {Period("2021-05 m", "2021-05 m"), "2021-05-10T22:00:00Z", "2021-05-20T22:00:00Z",
       "midden mei 2021"},
      {Period("2021-09", "", 24), "2021-08-31T22:00:00Z", "",
       "vanaf september 2021, minstens 2 jaar"},
  };
  for (const Case& c : cases) {
    Expect(c);
  }
}

TEST(WhenTest, SaysEveryKindOfSpan) {
  const Case cases[] = {
      // Times.
      {Period("2022-06-01 9:05", "2022-06-02 0:00"), "2022-06-01T07:05:00Z", "2022-06-01T22:00:00Z",
       "van woensdag 1 juni 2022 om 9.05 uur tot donderdag 2 juni 2022 om 0.00 uur"},
      {Period("2022-06-01 9:00", ""), "2022-06-01T07:00:00Z", "",
       "vanaf woensdag 1 juni 2022 om 9.00 uur"},
      {Period("", "2022-06-01 9:00"), "", "2022-06-01T07:00:00Z",
       "tot woensdag 1 juni 2022 om 9.00 uur"},
      // Days.
      {Period("2022-06-01", "2022-06-03"), "2022-05-31T22:00:00Z", "2022-06-03T22:00:00Z",
       "van 1 tot en met 3 juni 2022"},
      {Period("2022-05-30", "2022-06-03"), "2022-05-29T22:00:00Z", "2022-06-03T22:00:00Z",
       "van 30 mei tot en met 3 juni 2022"},
      {Period("2021-12-30", "2022-01-02"), "2021-12-29T23:00:00Z", "2022-01-02T23:00:00Z",
       "van 30 december 2021 tot en met 2 januari 2022"},
      {Period("2021-06-01", "2022-06-01"), "2021-05-31T22:00:00Z", "2022-06-01T22:00:00Z",
       "van 1 juni 2021 tot en met 1 juni 2022"},
      {Period("2022-06-01", ""), "2022-05-31T22:00:00Z", "", "vanaf woensdag 1 juni 2022"},
      {Period("", "2022-06-03"), "", "2022-06-03T22:00:00Z", "tot en met vrijdag 3 juni 2022"},
      {Period("2020-10-25", "2020-10-25"), "2020-10-24T22:00:00Z", "2020-10-25T23:00:00Z",
       "zondag 25 oktober 2020"},
      // Parts of months.
      {Period("2021-05 b", "2021-05 b"), "2021-04-30T22:00:00Z", "2021-05-10T22:00:00Z",
       "begin mei 2021"},
      {Period("2021-05 e", "2021-05 e"), "2021-05-20T22:00:00Z", "2021-05-31T22:00:00Z",
       "eind mei 2021"},
      {Period("2024-02 e", "2024-02 e"), "2024-02-20T23:00:00Z", "2024-02-29T23:00:00Z",
       "eind februari 2024"},
      {Period("2021-05 b", "2021-05 m"), "2021-04-30T22:00:00Z", "2021-05-20T22:00:00Z",
       "van begin tot en met midden mei 2021"},
      {Period("2021-05 e", "2021-06 b"), "2021-05-20T22:00:00Z", "2021-06-10T22:00:00Z",
       "van eind mei tot en met begin juni 2021"},
      {Period("2021-12 e", "2022-01 b"), "2021-12-20T23:00:00Z", "2022-01-10T23:00:00Z",
       "van eind december 2021 tot en met begin januari 2022"},
      {Period("2021-05 m", ""), "2021-05-10T22:00:00Z", "", "vanaf midden mei 2021"},
      {Period("", "2021-05 m"), "", "2021-05-20T22:00:00Z", "tot en met midden mei 2021"},
      // Months.
      {Period("2021-11", "2022-02"), "2021-10-31T23:00:00Z", "2022-02-28T23:00:00Z",
       "van november 2021 tot en met februari 2022"},
      {Period("2021-12", "2021-12"), "2021-11-30T23:00:00Z", "2021-12-31T23:00:00Z",
       "december 2021"},
      {Period("", "2021-05"), "", "2021-05-31T22:00:00Z", "tot en met mei 2021"},
      // A minimum.
      {Period("2021-09", "", 12), "2021-08-31T22:00:00Z", "",
       "vanaf september 2021, minstens 1 jaar"},
      {Period("2021-09", "", 1), "2021-08-31T22:00:00Z", "",
       "vanaf september 2021, minstens 1 maand"},
      {Period("2021-09-01", "", 18), "2021-08-31T22:00:00Z", "",
       "vanaf woensdag 1 september 2021, minstens 18 maanden"},
      // Two precisions.
      {Period("2021-05 e", "2021-06-03"), "2021-05-20T22:00:00Z", "2021-06-03T22:00:00Z",
       "van eind mei 2021 tot en met donderdag 3 juni 2021"},
      {Period("2021-05", "2021-05-10 9:00"), "2021-04-30T22:00:00Z", "2021-05-10T07:00:00Z",
       "van mei 2021 tot maandag 10 mei 2021 om 9.00 uur"},
      {Period("2022-06-01 9:00", "2022-06-01"), "2022-06-01T07:00:00Z", "2022-06-01T22:00:00Z",
       "van woensdag 1 juni 2022 om 9.00 uur tot en met woensdag 1 juni 2022"},
      // Clock changes: the first of a repeated time, and what surrounds a skipped one.
      {Period("2022-10-30 2:30", "2022-10-30 3:00"), "2022-10-30T00:30:00Z", "2022-10-30T02:00:00Z",
       "zondag 30 oktober 2022 van 2.30 tot 3.00 uur"},
      {Period("2022-03-27 1:30", "2022-03-27 3:30"), "2022-03-27T00:30:00Z", "2022-03-27T01:30:00Z",
       "zondag 27 maart 2022 van 1.30 tot 3.30 uur"},
      // Other zones.
      {Period("2022-06-01 9:00", "2022-06-01 12:00", 0, "Europe/London"), "2022-06-01T08:00:00Z",
       "2022-06-01T11:00:00Z", "woensdag 1 juni 2022 van 9.00 tot 12.00 uur (Europe/London)"},
      {Period("2022-06-01 9:00", "2022-06-01 12:00", 0, "Europe/Brussels"), "2022-06-01T07:00:00Z",
       "2022-06-01T10:00:00Z", "woensdag 1 juni 2022 van 9.00 tot 12.00 uur"},
      {Period("2022-06-01", "2022-06-01", 0, "America/New_York"), "2022-06-01T04:00:00Z",
       "2022-06-02T04:00:00Z", "woensdag 1 juni 2022"},
  };
  for (const Case& c : cases) {
    Expect(c);
  }
}

TEST(WhenTest, ADeadlineEndsWhereItCloses) {
  auto when = FromText<v1::When>(R"pb(
    deadline {
      date { year: 2020 month: 10 day: 25 }
      strictness: STRICTNESS_HARD
      bound: BOUND_INCLUSIVE
    })pb");
  Expect({when, "", "2020-10-25T23:00:00Z", "tot en met zondag 25 oktober 2020"});
  Complete(when);
  EXPECT_EQ(when.deadline().closes_before().seconds(), 1603666800);
  EXPECT_EQ(when.deadline().display(), "tot en met zondag 25 oktober 2020");
}

TEST(WhenTest, AnInstantIsSaidAsBrusselsClocksShowIt) {
  for (const auto& [instant, words] : {
           std::pair("2022-09-09T21:59:59.9Z", "vrijdag 9 september 2022 om 23.59 uur"),
           std::pair("2022-12-31T23:00:00Z", "zondag 1 januari 2023 om 0.00 uur"),
       }) {
    EXPECT_EQ(InstantInDutch(*At(instant)), words);
  }
}

TEST(WhenTest, NotKnownIsAState) {
  v1::When when;
  when.mutable_not_known();
  Expect({when, "", "", "nog niet bekend"});
}

TEST(CheckWhenTest, SaysWhichFieldIsWrong) {
  constexpr auto kMissing = v1::ERROR_REASON_FIELD_MISSING;
  constexpr auto kInvalid = v1::ERROR_REASON_FIELD_INVALID;
  const struct {
    v1::When when;
    v1::ErrorReason reason;
    const char* field;
  } cases[] = {
      {v1::When(), kMissing, ""},
      {FromText<v1::When>("deadline {}"), kMissing, ".deadline.date"},
      {FromText<v1::When>("deadline { date { year: 2021 month: 2 day: 29 } }"), kInvalid,
       ".deadline.date"},
      {Period("", ""), kMissing, ".period.from"},
      {Period("", "", 24), kMissing, ".period.from"},
      {FromText<v1::When>("period { from { precision: PRECISION_DAY } }"), kMissing,
       ".period.from.date"},
      {FromText<v1::When>("period { from { date { year: 2021 month: 5 } } }"), kMissing,
       ".period.from.precision"},
      {Period("2021-02-29", ""), kInvalid, ".period.from.date"},
      {Period("2021-05-01", "2021-05-32"), kInvalid, ".period.to.date"},
      {Period("2021-13", ""), kInvalid, ".period.from.date"},
      {Period("0-05 m", ""), kInvalid, ".period.from.date"},
      {FromText<v1::When>(
           "period { from { date { year: 2021 month: 5 day: 1 } precision: PRECISION_MONTH } }"),
       kInvalid, ".period.from.date"},
      {FromText<v1::When>("period { to { date { year: 2021 month: 5 day: 1 } "
                          "precision: PRECISION_MONTH_PART part: MONTH_PART_END } }"),
       kInvalid, ".period.to.date"},
      {FromText<v1::When>(
           "period { from { date { year: 2021 month: 5 } precision: PRECISION_DAY } }"),
       kInvalid, ".period.from.date"},
      {FromText<v1::When>(
           "period { to { date { year: 2021 month: 5 day: 1 } precision: PRECISION_MINUTE } }"),
       kMissing, ".period.to.time"},
      {FromText<v1::When>("period { from { date { year: 2021 month: 5 day: 1 } "
                          "precision: PRECISION_DAY time { hours: 9 } } }"),
       kInvalid, ".period.from.time"},
      {FromText<v1::When>("period { from { date { year: 2021 month: 5 } "
                          "precision: PRECISION_MONTH time {} } }"),
       kInvalid, ".period.from.time"},
      {Period("2022-06-01 24:00", ""), kInvalid, ".period.from.time"},
      {Period("2022-03-27 2:30", ""), kInvalid, ".period.from.time"},
      {Period("2022-03-27 1:30", "2022-03-27 2:30"), kInvalid, ".period.to.time"},
      {Period("2022-03-13 2:30", "", 0, "America/New_York"), kInvalid, ".period.from.time"},
      {FromText<v1::When>(
           "period { from { date { year: 2021 month: 5 } precision: PRECISION_MONTH_PART } }"),
       kMissing, ".period.from.part"},
      {FromText<v1::When>("period { from { date { year: 2021 month: 5 } "
                          "precision: PRECISION_MONTH part: MONTH_PART_BEGIN } }"),
       kInvalid, ".period.from.part"},
      {Period("2022-06-03", "2022-06-01"), kInvalid, ".period.to"},
      {Period("2021-05 m", "2021-05 b"), kInvalid, ".period.to"},
      {Period("2021-05", "2021-04"), kInvalid, ".period.to"},
      {Period("2022-06-01 12:00", "2022-06-01 9:00"), kInvalid, ".period.to"},
      {Period("2022-06-01 9:00", "2022-06-01 9:00"), kInvalid, ".period.to"},
      {Period("2021-05-21", "2021-05 m"), kInvalid, ".period.to"},
      {Period("2021-04", "2021-05", 24), kInvalid, ".period.minimum_months"},
      {Period("", "2021-05", 24), kInvalid, ".period.minimum_months"},
      {Period("2021-04", "", 0, "Europe/Brussel"), kInvalid, ".period.time_zone"},
      {Period("2021-04", "", 0, "localtime"), kInvalid, ".period.time_zone"},
      {Period("2021-04", "", 0, "/etc/localtime"), kInvalid, ".period.time_zone"},
      {Period("2021-04", "", 0, "../zoneinfo/Europe/Paris"), kInvalid, ".period.time_zone"},
      {Period("2021-04", "", 0, "Fixed/UTC+01:00:00"), kInvalid, ".period.time_zone"},
      {Period("2021-04", "", 0, "europe/brussels"), kInvalid, ".period.time_zone"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.when.ShortDebugString());
    const absl::Status status = CheckWhen(c.when, "session.when");
    EXPECT_THAT(status, HasReason(c.reason));
    EXPECT_THAT(status, HasField(absl::StrCat("session.when", c.field)));
  }
}

TEST(CheckWhenTest, AcceptsAnEndThatOverlapsItsBeginning) {
  EXPECT_THAT(CheckWhen(Period("2021-05-15", "2021-05"), "when"), IsOk());
  EXPECT_THAT(CheckWhen(Period("2021-05", "2021-05 b"), "when"), IsOk());
}

}  // namespace
}  // namespace scharnier::types
