#include "common/types/parts.h"

#include <string>

#include "common/testing/matchers.h"
#include "common/testing/text_proto.h"
#include "gmock/gmock.h"
#include "scharnier/events/v1/registration.pb.h"
#include "scharnier/events/v1/session.pb.h"

namespace scharnier::types {
namespace {

using events::v1::Registration;
using ::scharnier::testing::EqualsProto;
using ::scharnier::testing::FromText;
using ::testing::HasSubstr;
using ::testing::Not;

// Personal values hold "canary-p", sensitive ones "canary-s".
Registration ARegistration() {
  return FromText<Registration>(R"pb(
    name: "sessions/a/registrations/b"
    registrant { full_name: "An canary-p" email: "an.canary-p@example.org" }
    attendees { full_name: "Bo canary-p" audience: AUDIENCE_CLIENT }
    attendees {
      full_name: "Cis canary-p"
      email: "cis.canary-p@example.org"
      audience: AUDIENCE_FACILITY
      answers { question_id: "leeg" }
      answers { question_id: "traject" text: "canary-s 1" }
      answers { question_id: "vraag" text: "canary-s 2" }
      answers { question_id: "niets" text: "" }
    }
    attendees {
      audience: AUDIENCE_AGENCY
      answers { question_id: "traject" text: "canary-s 3" }
    }
    attendees {}
    region: REGION_OVL
    state: STATE_CONFIRMED
    marks: MARK_LATE
    marks: MARK_OUTSIDE_REGION
    receive_time { seconds: 1603666799 nanos: 999000000 }
    recipients { full_name: "An canary-p" email: "an.canary-p@example.org" }
    recipients { email: "cis.canary-p@example.org" }
    etag: "AQ"
  )pb");
}

struct Parts {
  Registration body;
  Registration personal;
  Registration sensitive;
};

Parts Split(const Registration& whole) {
  Parts parts{whole, whole, whole};
  ClearPersonal(parts.body);
  KeepPersonal(parts.personal);
  KeepSensitive(parts.sensitive);
  return parts;
}

TEST(PartsTest, JoinRestoresWhatWasSplit) {
  const Registration whole = ARegistration();
  const Parts parts = Split(whole);
  Registration joined = parts.body;
  Join(parts.personal, joined);
  Join(parts.sensitive, joined);
  EXPECT_THAT(joined, EqualsProto(whole));

  Registration other_way = parts.body;
  Join(parts.sensitive, other_way);
  Join(parts.personal, other_way);
  EXPECT_THAT(other_way, EqualsProto(whole));
}

TEST(PartsTest, EachPartHoldsItsOwnAlone) {
  const Parts parts = Split(ARegistration());
  EXPECT_THAT(parts.body.SerializeAsString(), Not(HasSubstr("canary")));
  EXPECT_THAT(parts.personal.SerializeAsString(), HasSubstr("canary-p"));
  EXPECT_THAT(parts.personal.SerializeAsString(), Not(HasSubstr("canary-s")));
  EXPECT_THAT(parts.sensitive.SerializeAsString(), HasSubstr("canary-s"));
  EXPECT_THAT(parts.sensitive.SerializeAsString(), Not(HasSubstr("canary-p")));

  EXPECT_THAT(parts.personal, EqualsProto(FromText<Registration>(R"pb(
                registrant { full_name: "An canary-p" email: "an.canary-p@example.org" }
                attendees { full_name: "Bo canary-p" }
                attendees { full_name: "Cis canary-p" email: "cis.canary-p@example.org" }
                attendees {}
                attendees {}
                recipients { full_name: "An canary-p" email: "an.canary-p@example.org" }
                recipients { email: "cis.canary-p@example.org" }
              )pb")));
  EXPECT_THAT(parts.sensitive, EqualsProto(FromText<Registration>(R"pb(
                attendees {}
                attendees {
                  answers {}
                  answers { text: "canary-s 1" }
                  answers { text: "canary-s 2" }
                  answers { text: "" }
                }
                attendees { answers { text: "canary-s 3" } }
                attendees {}
              )pb")));
}

TEST(PartsTest, TheBodyKeepsTheRestAndTheElements) {
  const Registration body = Split(ARegistration()).body;
  EXPECT_TRUE(body.has_registrant());
  EXPECT_EQ(body.attendees_size(), 4);
  EXPECT_EQ(body.attendees(1).answers_size(), 4);
  EXPECT_EQ(body.attendees(1).answers(1).question_id(), "traject");
  EXPECT_FALSE(body.attendees(1).answers(1).has_text());
  EXPECT_EQ(body.attendees(1).audience(), events::v1::AUDIENCE_FACILITY);
  EXPECT_EQ(body.recipients_size(), 2);
  EXPECT_EQ(body.marks_size(), 2);
  EXPECT_EQ(body.receive_time().nanos(), 999000000);
}

TEST(PartsTest, ClearSensitiveLeavesPersonalFields) {
  Registration registration = ARegistration();
  ClearSensitive(registration);
  EXPECT_THAT(registration.SerializeAsString(), Not(HasSubstr("canary-s")));
  EXPECT_EQ(registration.registrant().email(), "an.canary-p@example.org");
  EXPECT_EQ(registration.attendees(1).answers(1).question_id(), "traject");
}

TEST(PartsTest, WithoutAnythingOfItsKindAPartIsEmpty) {
  const auto whole = FromText<Registration>(R"pb(
    name: "sessions/a/registrations/b"
    attendees {
      audience: AUDIENCE_CLIENT
      answers { question_id: "leeg" }
    }
  )pb");
  const Parts parts = Split(whole);
  EXPECT_EQ(parts.personal.ByteSizeLong(), 0);
  EXPECT_EQ(parts.sensitive.ByteSizeLong(), 0);
  EXPECT_THAT(parts.body, EqualsProto(whole));
}

TEST(PartsTest, AMessageWithoutMarksIsAllBody) {
  const auto session = FromText<events::v1::Session>(R"pb(
    title { nl: "Focusgroep" }
    unlimited {}
    regions { regions: REGION_ANT openness: OPENNESS_SOFT })pb");
  events::v1::Session body = session;
  ClearPersonal(body);
  EXPECT_THAT(body, EqualsProto(session));
}

TEST(PartsTest, UnknownFieldsStayInTheBodyAlone) {
  Registration whole = ARegistration();
  whole.GetReflection()->MutableUnknownFields(&whole)->AddLengthDelimited(9999, "of a later day");
  const Parts parts = Split(whole);
  EXPECT_THAT(parts.body.SerializeAsString(), HasSubstr("of a later day"));
  EXPECT_THAT(parts.personal.SerializeAsString(), Not(HasSubstr("of a later day")));
  EXPECT_THAT(parts.sensitive.SerializeAsString(), Not(HasSubstr("of a later day")));
}

}  // namespace
}  // namespace scharnier::types
