#include "services/events/rules/session.h"

#include <set>
#include <string>
#include <vector>

#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "scharnier/events/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::events::rules {
namespace {

using testing::HasField;
using testing::HasMetadata;
using testing::HasReason;
using testing::IsOk;

// A draft to which `more` is added, in text format.
v1::Session Draft(const std::string& more = "") {
  v1::Session session;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(R"pb(
                                                              name: "sessions/ovl"
                                                              series: "series/focus"
                                                              title { nl: "Oost-Vlaanderen" }
                                                              mode: MODE_ONLINE
                                                              when { not_known {} }
                                                              regions { openness: OPENNESS_OPEN }
                                                              audience { openness: OPENNESS_OPEN }
                                                              window {}
                                                              capacity: 40
                                                              state: STATE_DRAFT
                                                            )pb",
                                                            &session));
  v1::Session patch;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(more, &patch)) << more;
  session.MergeFrom(patch);
  return session;
}

TEST(CheckSessionTest, ADateThatIsNotKnownYetIsWell) { EXPECT_THAT(CheckSession(Draft()), IsOk()); }

TEST(CheckSessionTest, SaysWhichFieldIsWrong) {
  struct Case {
    v1::Session session;
    types::v1::ErrorReason reason;
    const char* field;
  };
  const std::string day =
      "period { from { date { year: 2022 month: 3 day: 29 } precision: PRECISION_DAY } }";
  v1::Session no_seats = Draft();
  no_seats.clear_seats();
  for (const Case& c :
       std::vector<Case>{{no_seats, types::v1::ERROR_REASON_FIELD_MISSING, "session.capacity"},
                         {Draft("mode: MODE_IN_PERSON when { " + day + " }"),
                          types::v1::ERROR_REASON_FIELD_MISSING, "session.place"},
                         {Draft("regions { openness: OPENNESS_HARD }"),
                          types::v1::ERROR_REASON_FIELD_MISSING, "session.regions.regions"},
                         {Draft("regions { regions: REGION_ANT regions: REGION_ANT }"),
                          types::v1::ERROR_REASON_FIELD_INVALID, "session.regions.regions"},
                         {Draft("audience { openness: OPENNESS_SOFT }"),
                          types::v1::ERROR_REASON_FIELD_MISSING, "session.audience.audiences"},
                         {Draft("audience { audiences: AUDIENCE_UNSPECIFIED }"),
                          types::v1::ERROR_REASON_FIELD_INVALID, "session.audience.audiences"}}) {
    const absl::Status status = CheckSession(c.session);
    EXPECT_THAT(status, HasReason(c.reason));
    EXPECT_THAT(status, HasField(c.field));
  }
}

TEST(CheckSessionTest, APlaceCanComeLaterWhereTheDateDoes) {
  EXPECT_THAT(CheckSession(Draft("mode: MODE_IN_PERSON")), IsOk());
}

TEST(PublishTest, ADraftOfAPublicSeries) {
  v1::Series series;
  series.set_state(v1::Series::STATE_DRAFT);
  EXPECT_THAT(Publish(Draft(), series), HasReason(v1::ERROR_REASON_SERIES_STATE));
  const auto published_series = Publish(series);
  ASSERT_THAT(published_series, IsOk());
  EXPECT_THAT(Publish(*published_series), HasReason(v1::ERROR_REASON_SERIES_STATE));
  const auto published = Publish(Draft(), *published_series);
  ASSERT_THAT(published, IsOk());
  EXPECT_EQ(published->state(), v1::Session::STATE_PUBLISHED);
  EXPECT_THAT(Publish(*published, *published_series), HasReason(v1::ERROR_REASON_SESSION_STATE));
}

TEST(MayUpdateTest, AfterPublicationFewFieldsAreFree) {
  struct Case {
    v1::Session::State state;
    const char* field;
    bool allowed;
  };
  for (const Case& c : std::vector<Case>{{v1::Session::STATE_DRAFT, "form", true},
                                         {v1::Session::STATE_DRAFT, "series", false},
                                         {v1::Session::STATE_PUBLISHED, "title", true},
                                         {v1::Session::STATE_PUBLISHED, "place", true},
                                         {v1::Session::STATE_PUBLISHED, "capacity", true},
                                         {v1::Session::STATE_PUBLISHED, "form", false},
                                         {v1::Session::STATE_PUBLISHED, "when", false},
                                         {v1::Session::STATE_PUBLISHED, "window", false},
                                         {v1::Session::STATE_PUBLISHED, "choice_group", false}}) {
    v1::Session session = Draft();
    session.set_state(c.state);
    const absl::Status status = MayUpdate(session, session, {c.field}, 0);
    if (c.allowed) {
      EXPECT_THAT(status, IsOk()) << c.field;
    } else {
      EXPECT_THAT(status, HasReason(v1::ERROR_REASON_FIELD_FROZEN)) << c.field;
      EXPECT_THAT(status, HasMetadata("field", std::string("session.") + c.field));
    }
  }
}

TEST(MayUpdateTest, NobodyLosesASeatToALowerCapacity) {
  v1::Session before = Draft("state: STATE_PUBLISHED confirmed_seats: 30");
  v1::Session after = before;
  after.set_capacity(30);
  EXPECT_THAT(MayUpdate(before, after, {"capacity"}, 0), IsOk());
  after.set_capacity(29);
  EXPECT_THAT(MayUpdate(before, after, {"capacity"}, 0),
              HasReason(v1::ERROR_REASON_CAPACITY_BELOW_SEATED));
}

TEST(MayUpdateTest, NoPartyInLineIsShutOut) {
  v1::Session before = Draft("state: STATE_PUBLISHED confirmed_seats: 3");
  v1::Session after = before;
  after.set_capacity(8);
  EXPECT_THAT(MayUpdate(before, after, {"capacity"}, 8), IsOk());
  after.set_capacity(7);
  EXPECT_THAT(MayUpdate(before, after, {"capacity"}, 8),
              HasReason(v1::ERROR_REASON_CAPACITY_BELOW_SEATED));
}

}  // namespace
}  // namespace scharnier::events::rules
