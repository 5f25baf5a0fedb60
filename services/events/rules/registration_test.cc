#include "services/events/rules/registration.h"

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "scharnier/events/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::events::rules {
namespace {

using ::testing::ElementsAre;
using testing::HasField;
using testing::HasMetadata;
using testing::HasReason;
using testing::IsOk;

template <class Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

absl::Time At(const std::string& rfc3339) {
  absl::Time time;
  std::string problem;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, rfc3339, &time, &problem)) << problem;
  return time;
}

// The session of West-Vlaanderen, 29 October 2020: its deadline is the day of 25 hours.
v1::Session WestVlaanderen() {
  return Parse<v1::Session>(R"pb(
    name: "sessions/wvl"
    state: STATE_PUBLISHED
    mode: MODE_ONLINE
    when {
      period {
        from {
          date { year: 2020 month: 10 day: 29 }
          time { hours: 13 }
          precision: PRECISION_MINUTE
        }
        to {
          date { year: 2020 month: 10 day: 29 }
          time { hours: 16 }
          precision: PRECISION_MINUTE
        }
      }
    }
    regions { regions: REGION_WVL openness: OPENNESS_SOFT }
    audience { audiences: AUDIENCE_FACILITY audiences: AUDIENCE_CLIENT openness: OPENNESS_SOFT }
    window {
      deadline {
        date { year: 2020 month: 10 day: 25 }
        strictness: STRICTNESS_HARD
        bound: BOUND_INCLUSIVE
      }
    }
    capacity: 40
  )pb");
}

// Where its people say that they come from.
Origin Origins(const v1::Registration& registration) {
  const auto origin = OriginOf(registration);
  EXPECT_THAT(origin, IsOk());
  return *origin;
}

v1::Registration FromWestVlaanderen() {
  return Parse<v1::Registration>(R"pb(
    registrant { full_name: "An Peeters" email: "an.peeters@example.org" }
    attendees {
      full_name: "An Peeters"
      email: "an.peeters@example.org"
      audience: AUDIENCE_FACILITY
    }
    region: REGION_WVL
  )pb");
}

TEST(JudgeTest, TheDeadlineOfTheDayOf25HoursEndsAt23UtcAndNotAMillisecondLater) {
  EXPECT_THAT(
      Judge(WestVlaanderen(), Origins(FromWestVlaanderen()), At("2020-10-25T22:59:59.999Z")),
      IsOk());
  const auto late =
      Judge(WestVlaanderen(), Origins(FromWestVlaanderen()), At("2020-10-25T23:00:00Z"));
  EXPECT_THAT(late, HasReason(v1::ERROR_REASON_REGISTRATION_CLOSED));
  EXPECT_THAT(late, HasMetadata("closed", "2020-10-25T23:00:00Z"));
}

TEST(JudgeTest, SoftLatenessIsMarked) {
  v1::Session session = WestVlaanderen();
  session.mutable_window()->mutable_deadline()->set_strictness(types::v1::STRICTNESS_SOFT);
  const auto marks = Judge(session, Origins(FromWestVlaanderen()), At("2020-10-25T23:00:00Z"));
  ASSERT_THAT(marks, IsOk());
  EXPECT_THAT(*marks, ElementsAre(v1::Registration::MARK_LATE));
}

TEST(JudgeTest, NobodyRegistersOnceTheSessionHasBegun) {
  v1::Session session = WestVlaanderen();
  session.mutable_window()->clear_deadline();
  EXPECT_THAT(Judge(session, Origins(FromWestVlaanderen()), At("2020-10-29T11:59:59.999Z")),
              IsOk());
  EXPECT_THAT(Judge(session, Origins(FromWestVlaanderen()), At("2020-10-29T12:00:00Z")),
              HasReason(v1::ERROR_REASON_REGISTRATION_CLOSED));
}

TEST(JudgeTest, ASessionOfWhichOnlyTheMonthIsKnownStaysOpen) {
  v1::Session session = WestVlaanderen();
  *session.mutable_when() = Parse<types::v1::When>(
      "period { from { date { year: 2020 month: 10 } precision: PRECISION_MONTH } }");
  session.mutable_window()->clear_deadline();
  EXPECT_THAT(Judge(session, Origins(FromWestVlaanderen()), At("2020-10-20T12:00:00Z")), IsOk());
  // Once the month is over, so is the session.
  *session.mutable_when()->mutable_period()->mutable_to() = session.when().period().from();
  EXPECT_THAT(Judge(session, Origins(FromWestVlaanderen()), At("2020-10-31T22:59:59Z")), IsOk());
  EXPECT_THAT(Judge(session, Origins(FromWestVlaanderen()), At("2020-10-31T23:00:00Z")),
              HasReason(v1::ERROR_REASON_REGISTRATION_CLOSED));
}

TEST(JudgeTest, TheWindowOpensAtItsInstant) {
  v1::Session session = WestVlaanderen();
  session.mutable_window()->mutable_open_time()->set_seconds(
      absl::ToUnixSeconds(At("2020-09-21T07:00:00Z")));
  EXPECT_THAT(Judge(session, Origins(FromWestVlaanderen()), At("2020-09-21T06:59:59.999Z")),
              HasReason(v1::ERROR_REASON_REGISTRATION_NOT_OPEN));
  EXPECT_THAT(Judge(session, Origins(FromWestVlaanderen()), At("2020-09-21T07:00:00Z")), IsOk());
}

TEST(JudgeTest, ADraftTakesNobody) {
  v1::Session session = WestVlaanderen();
  session.set_state(v1::Session::STATE_DRAFT);
  EXPECT_THAT(Judge(session, Origins(FromWestVlaanderen()), At("2020-10-01T00:00:00Z")),
              HasReason(v1::ERROR_REASON_SESSION_STATE));
}

struct EligibilityCase {
  v1::Openness regions, audience;
  types::v1::Region region;
  v1::Audience attendee;
  const char* refused_by;  // null: accepted
  std::vector<v1::Registration::Mark> marks;
};

TEST(JudgeTest, RegionAndAudienceAreOpenSoftOrHard) {
  const auto region = v1::Registration::MARK_OUTSIDE_REGION;
  const auto audience = v1::Registration::MARK_OUTSIDE_AUDIENCE;
  for (const EligibilityCase& c : std::vector<EligibilityCase>{{v1::OPENNESS_SOFT,
                                                                v1::OPENNESS_SOFT,
                                                                types::v1::REGION_WVL,
                                                                v1::AUDIENCE_CLIENT,
                                                                nullptr,
                                                                {}},
                                                               {v1::OPENNESS_SOFT,
                                                                v1::OPENNESS_SOFT,
                                                                types::v1::REGION_ANT,
                                                                v1::AUDIENCE_CLIENT,
                                                                nullptr,
                                                                {region}},
                                                               {v1::OPENNESS_SOFT,
                                                                v1::OPENNESS_SOFT,
                                                                types::v1::REGION_ANT,
                                                                v1::AUDIENCE_AGENCY,
                                                                nullptr,
                                                                {region, audience}},
                                                               {v1::OPENNESS_OPEN,
                                                                v1::OPENNESS_OPEN,
                                                                types::v1::REGION_ANT,
                                                                v1::AUDIENCE_AGENCY,
                                                                nullptr,
                                                                {}},
                                                               {v1::OPENNESS_HARD,
                                                                v1::OPENNESS_SOFT,
                                                                types::v1::REGION_WVL,
                                                                v1::AUDIENCE_FACILITY,
                                                                nullptr,
                                                                {}},
                                                               {v1::OPENNESS_HARD,
                                                                v1::OPENNESS_SOFT,
                                                                types::v1::REGION_ANT,
                                                                v1::AUDIENCE_FACILITY,
                                                                "region",
                                                                {}},
                                                               {v1::OPENNESS_SOFT,
                                                                v1::OPENNESS_HARD,
                                                                types::v1::REGION_WVL,
                                                                v1::AUDIENCE_AGENCY,
                                                                "audience",
                                                                {}}}) {
    v1::Session session = WestVlaanderen();
    session.mutable_regions()->set_openness(c.regions);
    session.mutable_audience()->set_openness(c.audience);
    v1::Registration registration = FromWestVlaanderen();
    registration.set_region(c.region);
    registration.mutable_attendees(0)->set_audience(c.attendee);
    const auto judged = Judge(session, Origins(registration), At("2020-10-01T00:00:00Z"));
    if (c.refused_by != nullptr) {
      EXPECT_THAT(judged, HasReason(v1::ERROR_REASON_NOT_ELIGIBLE));
      EXPECT_THAT(judged, HasMetadata("rule", c.refused_by));
    } else {
      ASSERT_THAT(judged, IsOk());
      EXPECT_EQ(*judged, c.marks);
    }
  }
}

TEST(OriginOfTest, WhatIsMissingIsNamed) {
  v1::Registration registration = FromWestVlaanderen();
  registration.clear_region();
  EXPECT_THAT(OriginOf(registration), HasField("registration.region"));
  registration = FromWestVlaanderen();
  registration.mutable_attendees(0)->clear_audience();
  EXPECT_THAT(OriginOf(registration), HasField("registration.attendees[0].audience"));
}

TEST(OriginOfTest, AnOrganisationSaysItByKindAndRegions) {
  using organisations::v1::Organisation;
  const struct {
    Organisation::Kind kind;
    v1::Audience audience;
  } cases[] = {
      {Organisation::KIND_FACILITY, v1::AUDIENCE_FACILITY},
      {Organisation::KIND_REFERRER, v1::AUDIENCE_REFERRER},
      {Organisation::KIND_AGENCY, v1::AUDIENCE_AGENCY},
      {Organisation::KIND_SUPPORT_PARTNER, v1::AUDIENCE_OTHER_ACTOR},
      {Organisation::KIND_OTHER, v1::AUDIENCE_OTHER_ACTOR},
  };
  for (const auto& c : cases) {
    Organisation organisation;
    organisation.set_kind(c.kind);
    organisation.add_regions(types::v1::REGION_ANT);
    organisation.add_regions(types::v1::REGION_WVL);
    const Origin origin = OriginOf(organisation);
    EXPECT_THAT(origin.audiences, ::testing::ElementsAre(c.audience)) << c.kind;
    EXPECT_THAT(origin.regions,
                ::testing::ElementsAre(types::v1::REGION_ANT, types::v1::REGION_WVL));
  }
}

TEST(JudgeTest, AnOrganisationOfSeveralRegionsIsInvitedByAnyOfThem) {
  v1::Session session = WestVlaanderen();
  session.mutable_regions()->set_openness(v1::OPENNESS_HARD);
  Origin origin{.regions = {types::v1::REGION_ANT, types::v1::REGION_WVL},
                .audiences = {v1::AUDIENCE_FACILITY}};
  EXPECT_THAT(Judge(session, origin, At("2020-10-01T00:00:00Z")), IsOk());
  origin.regions.erase(types::v1::REGION_WVL);
  EXPECT_THAT(Judge(session, origin, At("2020-10-01T00:00:00Z")), HasMetadata("rule", "region"));
}

TEST(CheckEachOnceTest, NamesTheSecondOfTwo) {
  EXPECT_THAT(CheckEachOnce({"an", "bram"}), IsOk());
  const absl::Status twice = CheckEachOnce({"an", "bram", "an"});
  EXPECT_THAT(twice, HasReason(types::v1::ERROR_REASON_FIELD_INVALID));
  EXPECT_THAT(twice, HasField("registration.attendees[2]"));
}

TEST(CheckRegistrationTest, AnswersFitTheForm) {
  v1::Session session = WestVlaanderen();
  *session.mutable_form() = Parse<types::v1::Form>(R"pb(
    sections {
      questions {
        id: "traject"
        title { nl: "Korte beschrijving van een leerzaam traject" }
        required: true
        sensitive: true
        text {}
      }
    }
  )pb");
  v1::Registration registration = FromWestVlaanderen();
  EXPECT_THAT(CheckRegistration(session, registration),
              HasReason(types::v1::ERROR_REASON_FIELD_MISSING));
  types::v1::Answer& answer = *registration.mutable_attendees(0)->add_answers();
  answer.set_question_id("traject");
  answer.set_text("Een verzonnen traject.");
  EXPECT_THAT(CheckRegistration(session, registration), IsOk());
}

v1::Session Candidate(const std::string& name, types::v1::Region region, v1::Session::Mode mode) {
  v1::Session session = WestVlaanderen();
  session.set_name(name);
  session.set_mode(mode);
  session.mutable_regions()->clear_regions();
  session.mutable_regions()->add_regions(region);
  return session;
}

TEST(BestFitTest, SameChoiceThenRegionThenOnlineThenSoonest) {
  const absl::Time now = At("2020-10-01T00:00:00Z");
  v1::Session refused =
      Candidate("sessions/refused", types::v1::REGION_ANT, v1::Session::MODE_ONLINE);
  refused.set_choice_group("antwerpen");
  v1::Session choice =
      Candidate("sessions/choice", types::v1::REGION_ANT, v1::Session::MODE_IN_PERSON);
  choice.set_choice_group("antwerpen");
  const auto own = Candidate("sessions/own", types::v1::REGION_WVL, v1::Session::MODE_IN_PERSON);
  const auto online = Candidate("sessions/online", types::v1::REGION_LIM, v1::Session::MODE_ONLINE);
  const auto soonest =
      Candidate("sessions/soonest", types::v1::REGION_LIM, v1::Session::MODE_IN_PERSON);
  const auto later =
      Candidate("sessions/later", types::v1::REGION_LIM, v1::Session::MODE_IN_PERSON);
  auto full = Candidate("sessions/full", types::v1::REGION_WVL, v1::Session::MODE_ONLINE);
  full.set_confirmed_seats(40);
  auto awaited = Candidate("sessions/awaited", types::v1::REGION_WVL, v1::Session::MODE_ONLINE);
  awaited.set_waiting_seats(1);

  const auto fit = [&](const std::vector<v1::Session>& candidates) -> std::string {
    const v1::Session* best =
        BestFit(candidates, refused, FromWestVlaanderen(), Origins(FromWestVlaanderen()), now);
    return best == nullptr ? "" : best->name();
  };
  EXPECT_EQ(fit({full, soonest, online, own, choice, refused}), "sessions/choice");
  EXPECT_EQ(fit({full, soonest, online, own}), "sessions/own");
  EXPECT_EQ(fit({full, soonest, online}), "sessions/online");
  EXPECT_EQ(fit({full, awaited, soonest, later}), "sessions/soonest");
  EXPECT_EQ(fit({full, awaited, refused}), "");
  EXPECT_EQ(BestFit({own}, refused, FromWestVlaanderen(), Origins(FromWestVlaanderen()),
                    At("2020-10-25T23:00:00Z")),
            nullptr);  // closed as well
}

TEST(MayChangeTest, UntilTheSessionBeginsAndOnce) {
  v1::Registration registration = FromWestVlaanderen();
  registration.set_state(v1::Registration::STATE_CONFIRMED);
  EXPECT_THAT(MayChange(WestVlaanderen(), registration, At("2020-10-29T11:59:59Z")), IsOk());
  EXPECT_THAT(MayChange(WestVlaanderen(), registration, At("2020-10-29T12:00:00Z")),
              HasReason(v1::ERROR_REASON_SESSION_BEGUN));
  registration.set_state(v1::Registration::STATE_CANCELLED);
  EXPECT_THAT(MayChange(WestVlaanderen(), registration, At("2020-10-01T00:00:00Z")),
              HasReason(v1::ERROR_REASON_REGISTRATION_CANCELLED));
}

TEST(RecipientsTest, EachAddressOnceTheRegistrantFirst) {
  v1::Registration registration = Parse<v1::Registration>(R"pb(
    registrant { full_name: "An Peeters" email: "an.peeters@example.org" }
    attendees { full_name: "An Peeters" email: "An.Peeters@example.org" }
    attendees { full_name: "Bram Claes" }
    attendees { full_name: "Cleo Maes" email: "cleo.maes@example.org" }
  )pb");
  std::vector<std::string> addresses;
  for (const v1::Person& person : Recipients(registration)) {
    addresses.push_back(person.email());
  }
  EXPECT_THAT(addresses, ElementsAre("an.peeters@example.org", "cleo.maes@example.org"));
}

}  // namespace
}  // namespace scharnier::events::rules
