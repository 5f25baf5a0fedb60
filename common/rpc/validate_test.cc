#include "common/rpc/validate.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/testing/matchers.h"
#include "common/testing/text_proto.h"
#include "gmock/gmock.h"
#include "scharnier/changes/v1/change.pb.h"
#include "scharnier/events/v1/registration_service.pb.h"
#include "scharnier/events/v1/series_service.pb.h"
#include "scharnier/events/v1/session_service.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using events::v1::CreateSessionRequest;
using events::v1::ListSessionsRequest;
using events::v1::RegisterRequest;
using events::v1::UpdateSessionRequest;
using ::scharnier::testing::EqualsProto;
using ::scharnier::testing::FromText;
using ::scharnier::testing::HasField;
using ::scharnier::testing::HasReason;
using ::scharnier::testing::IsOk;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kMissing = types::v1::ERROR_REASON_FIELD_MISSING;
constexpr auto kInvalid = types::v1::ERROR_REASON_FIELD_INVALID;
constexpr auto kName = types::v1::ERROR_REASON_NAME_INVALID;

auto Complains(types::v1::ErrorReason reason, const std::string& field) {
  return AllOf(HasReason(reason), HasField(field));
}

RegisterRequest ARegistration() {
  return FromText<RegisterRequest>(R"pb(
    parent: "sessions/01890a5d-ac96-774b-bcce-b302099a8057"
    registration {
      registrant { full_name: "An Peeters" email: "an.peeters@example.org" }
      attendees {
        full_name: "An Peeters"
        email: "an.peeters@example.org"
        audience: AUDIENCE_FACILITY
        answers { question_id: "traject" text: "Een verhaal\nop twee lijnen" }
      }
      attendees { full_name: "Bo Claes" audience: AUDIENCE_CLIENT }
      region: REGION_OVL
    }
    request_id: "01890a5d-ac96-7ab2-80e2-4536d5e7b1c3"
  )pb");
}

CreateSessionRequest ASession() {
  return FromText<CreateSessionRequest>(R"pb(
    session {
      series: "series/01890a5d-ac96-774b-bcce-b302099a8057"
      title { nl: "Focusgroep" }
      mode: MODE_ONLINE
      when { not_known {} }
      regions { regions: REGION_ANT openness: OPENNESS_SOFT }
      audience { openness: OPENNESS_OPEN }
      window {}
      capacity: 30
    }
    request_id: "01890a5d-ac96-7ab2-80e2-4536d5e7b1c3"
  )pb");
}

UpdateSessionRequest AnUpdate(const std::string& rest) {
  auto update = FromText<UpdateSessionRequest>(R"pb(
    session { name: "sessions/01890a5d-ac96-774b-bcce-b302099a8057" etag: "AQ" }
    request_id: "01890a5d-ac96-7ab2-80e2-4536d5e7b1c3"
  )pb");
  update.MergeFrom(FromText<UpdateSessionRequest>(rest));
  return update;
}

TEST(ValidateTest, LeavesAGoodRequestAsItIs) {
  RegisterRequest registration = ARegistration();
  EXPECT_THAT(Validate(registration), IsOk());
  EXPECT_THAT(registration, EqualsProto(ARegistration()));
  CreateSessionRequest session = ASession();
  EXPECT_THAT(Validate(session), IsOk());
  EXPECT_THAT(session, EqualsProto(ASession()));
}

TEST(ValidateTest, ClearsWhatIsNotInput) {
  RegisterRequest request = ARegistration();
  events::v1::Registration& registration = *request.mutable_registration();
  registration.set_name("sessions/x");
  registration.set_state(events::v1::Registration::STATE_CONFIRMED);
  registration.add_marks(events::v1::Registration::MARK_LATE);
  registration.mutable_receive_time()->set_seconds(1);
  registration.add_recipients()->set_email("no address");
  registration.set_etag("?");
  registration.mutable_attendees(0)
      ->GetReflection()
      ->MutableUnknownFields(registration.mutable_attendees(0))
      ->AddLengthDelimited(99, "unknown");
  EXPECT_THAT(Validate(request), IsOk());
  EXPECT_THAT(request, EqualsProto(ARegistration()));
  EXPECT_THAT(request.SerializeAsString(), Not(HasSubstr("unknown")));
}

TEST(ValidateTest, BringsTextToItsNormalForm) {
  RegisterRequest request = ARegistration();
  request.mutable_registration()->mutable_registrant()->set_full_name("Zoe\u0308");
  events::v1::Attendee& attendee = *request.mutable_registration()->mutable_attendees(0);
  attendee.mutable_answers(0)->set_text("e\u0301e\u0301n\r\ntwee");
  EXPECT_THAT(Validate(request), IsOk());
  EXPECT_EQ(request.registration().registrant().full_name(), "Zo\u00eb");
  EXPECT_EQ(attendee.answers(0).text(), "\u00e9\u00e9n\ntwee");
}

TEST(ValidateTest, LimitsCountCodePointsAfterNormalisation) {
  const auto named = [](const std::string& name) {
    RegisterRequest request = ARegistration();
    request.mutable_registration()->mutable_registrant()->set_full_name(name);
    return Validate(request);
  };
  std::string composed, decomposed;
  for (int i = 0; i < 200; ++i) {
    composed += "\u00eb";
    decomposed += "e\u0308";
  }
  const std::string path = "registration.registrant.full_name";
  EXPECT_THAT(named(std::string(200, 'a')), IsOk());
  EXPECT_THAT(named(std::string(201, 'a')), Complains(kInvalid, path));
  EXPECT_THAT(named(composed), IsOk());
  EXPECT_THAT(named(decomposed), IsOk());
  EXPECT_THAT(named(composed + "a"), Complains(kInvalid, path));
}

// What is wrong with a good registration once `change` has been merged into it.
struct Change {
  std::string change;
  types::v1::ErrorReason reason;
  std::string field;
};

TEST(ValidateTest, NamesTheFieldThatIsWrong) {
  const std::string attendee =
      "registration { attendees { full_name: 'Cis' audience: AUDIENCE_CLIENT ";
  const Change cases[] = {
      {"parent: 'sessions/1'", kName, "parent"},
      {"parent: 'series/01890a5d-ac96-774b-bcce-b302099a8057'", kName, "parent"},
      {"parent: 'sessions/00000000-0000-0000-0000-000000000000'", kName, "parent"},
      {"parent: 'sessions/01890A5D-AC96-774B-BCCE-B302099A8057'", kName, "parent"},
      {"parent: ' '", kMissing, "parent"},
      {"request_id: '1'", kInvalid, "request_id"},
      {"request_id: '00000000-0000-0000-0000-000000000000'", kInvalid, "request_id"},
      {"request_id: '01890A5D-AC96-7AB2-80E2-4536D5E7B1C3'", kInvalid, "request_id"},
      {"request_id: '{01890a5d-ac96-7ab2-80e2-4536d5e7b1c3}'", kInvalid, "request_id"},
      {"registration { region: 7 }", kInvalid, "registration.region"},
      {"registration { region: -1 }", kInvalid, "registration.region"},
      {"registration { region: 2147483647 }", kInvalid, "registration.region"},
      {"registration { registrant { full_name: ' \\t' } }", kMissing,
       "registration.registrant.full_name"},
      {"registration { registrant { full_name: '\\342\\200\\213' } }", kMissing,
       "registration.registrant.full_name"},
      {"registration { registrant { full_name: 'An\\nPeeters' } }", kInvalid,
       "registration.registrant.full_name"},
      {"registration { registrant { full_name: 'An\\000Peeters' } }", kInvalid,
       "registration.registrant.full_name"},
      {"registration { registrant { full_name: 'An\\302\\205Peeters' } }", kInvalid,
       "registration.registrant.full_name"},
      {"registration { registrant { full_name: 'An 85.07.30-033.28' } }", kInvalid,
       "registration.registrant.full_name"},
      {"registration { registrant { email: 'an' } }", kInvalid, "registration.registrant.email"},
      {"registration { registrant { email: 'an@example.org, bo@example.org' } }", kInvalid,
       "registration.registrant.email"},
      {attendee + "email: 'an@' } }", kInvalid, "registration.attendees[2].email"},
      {attendee + "answers { text: 'a' } } }", kMissing,
       "registration.attendees[2].answers[0].question_id"},
      {attendee + "answers { question_id: 'a b' } } }", kInvalid,
       "registration.attendees[2].answers[0].question_id"},
      {attendee + "answers { question_id: '1a' } } }", kInvalid,
       "registration.attendees[2].answers[0].question_id"},
      {attendee + "answers { question_id: 'A' } } }", kInvalid,
       "registration.attendees[2].answers[0].question_id"},
      {attendee + "answers { question_id: 'a' } answers { question_id: 'b' text: 'a\\tb' } } }",
       kInvalid, "registration.attendees[2].answers[1].text"},
      {attendee + "answers { question_id: 'b' text: '85073003328' } } }", kInvalid,
       "registration.attendees[2].answers[0].text"},
      {"registration { attendees { full_name: 'Cis' audience: 99 } }", kInvalid,
       "registration.attendees[2].audience"},
      {"registration { attendees { audience: AUDIENCE_CLIENT } }", kMissing,
       "registration.attendees[2].full_name"},
  };
  for (const Change& c : cases) {
    SCOPED_TRACE(c.change);
    RegisterRequest request = ARegistration();
    request.MergeFrom(FromText<RegisterRequest>(c.change));
    EXPECT_THAT(Validate(request), Complains(c.reason, c.field));
  }
}

TEST(ValidateTest, WantsWhatIsRequired) {
  RegisterRequest empty;
  const absl::Status status = Validate(empty);
  EXPECT_THAT(status, HasReason(kMissing));
  for (const char* field : {"parent", "registration", "request_id"}) {
    EXPECT_THAT(status, HasField(field));
  }

  RegisterRequest hollow;
  hollow.mutable_registration();
  for (const char* field : {"registrant", "attendees"}) {
    EXPECT_THAT(Validate(hollow), HasField(absl::StrCat("registration.", field)));
  }

  CreateSessionRequest session;
  session.mutable_session();
  for (const char* field :
       {"series", "title", "mode", "when", "regions", "audience", "window", "seats"}) {
    EXPECT_THAT(Validate(session), HasField(absl::StrCat("session.", field)));
  }
}

TEST(ValidateTest, CountsElements) {
  RegisterRequest request = ARegistration();
  while (request.registration().attendees_size() < 20) {
    *request.mutable_registration()->add_attendees() = request.registration().attendees(1);
  }
  EXPECT_THAT(Validate(request), IsOk());
  *request.mutable_registration()->add_attendees() = request.registration().attendees(1);
  EXPECT_THAT(Validate(request), Complains(kInvalid, "registration.attendees"));
}

TEST(ValidateTest, HoldsTheRulesOfSessions) {
  const Change cases[] = {
      {"session { capacity: 0 }", kInvalid, "session.capacity"},
      {"session { capacity: -1 }", kInvalid, "session.capacity"},
      {"session { capacity: 100001 }", kInvalid, "session.capacity"},
      {"session { regions { regions: REGION_UNSPECIFIED } }", kInvalid,
       "session.regions.regions[1]"},
      {"session { regions { regions: 17 } }", kInvalid, "session.regions.regions[1]"},
      {"session { audience { openness: 9 } }", kInvalid, "session.audience.openness"},
      {"session { window { open_time { seconds: -62135596801 } } }", kInvalid,
       "session.window.open_time"},
      {"session { window { open_time { seconds: 253402300800 } } }", kInvalid,
       "session.window.open_time"},
      {"session { window { open_time { nanos: -1 } } }", kInvalid, "session.window.open_time"},
      {"session { window { open_time { nanos: 1000000000 } } }", kInvalid,
       "session.window.open_time"},
      {"session { window { deadline { strictness: STRICTNESS_HARD bound: BOUND_INCLUSIVE } } }",
       kMissing, "session.window.deadline.date"},
      {"session { window { deadline { date {} bound: BOUND_INCLUSIVE } } }", kMissing,
       "session.window.deadline.strictness"},
      {"session { when { period { minimum_months: -1 } } }", kInvalid,
       "session.when.period.minimum_months"},
      {"session { when { period { from { date {} } } } }", kMissing,
       "session.when.period.from.precision"},
      {"session { place {} }", kMissing, "session.place.address"},
      {"session { choice_group: 'Antwerpen' }", kInvalid, "session.choice_group"},
      {"session { description { fr: 'Bonjour' } }", kMissing, "session.description.nl"},
      {"session { form { sections {} } }", kMissing, "session.form.sections[0].questions"},
      {"session { form { sections { questions { id: 'a' title { nl: 'A' } "
       "text { max_chars: 10001 } } } } }",
       kInvalid, "session.form.sections[0].questions[0].text.max_chars"},
      {"session { etag: 'not base64url' }", kInvalid, "session.etag"},
  };
  for (const Change& c : cases) {
    SCOPED_TRACE(c.change);
    CreateSessionRequest request = ASession();
    request.MergeFrom(FromText<CreateSessionRequest>(c.change));
    EXPECT_THAT(Validate(request), Complains(c.reason, c.field));
  }
}

TEST(ValidateTest, AcceptsTheEdges) {
  for (const char* change : {
           "session { capacity: 1 }", "session { capacity: 100000 }", "session { unlimited {} }",
           "session { window { open_time { seconds: -62135596800 } } }",
           "session { window { open_time { seconds: 253402300799 nanos: 999999999 } } }",
           "session { when { period { minimum_months: 600 } } }", "session { choice_group: 'a' }",
           // 63 characters. NOLINTNEXTLINE(bugprone-suspicious-missing-comma)
           "session { choice_group: "
           "'a23456789-123456789-123456789-123456789-123456789-123456789-123' }",
           "session { description { nl: 'Regel 1\\nRegel 2' } }",
           "session { when { deadline { date { year: 2021 month: 2 day: 30 } "
           "strictness: STRICTNESS_SOFT bound: BOUND_EXCLUSIVE } } }",  // the calendar is not a
                                                                        // rule
       }) {
    CreateSessionRequest request = ASession();
    request.MergeFrom(FromText<CreateSessionRequest>(change));
    EXPECT_THAT(Validate(request), IsOk()) << change;
  }
}

TEST(ValidateTest, HoldsTheRulesOfLists) {
  const struct {
    ListSessionsRequest request;
    const char* field;
  } cases[] = {
      {FromText<ListSessionsRequest>("page_size: -1"), "page_size"},
      {FromText<ListSessionsRequest>("page_size: -2147483648"), "page_size"},
      {FromText<ListSessionsRequest>("page_token: 'a+b/c='"), "page_token"},
      {FromText<ListSessionsRequest>(absl::StrCat("page_token: '", std::string(2049, 'A'), "'")),
       "page_token"},
      {FromText<ListSessionsRequest>(absl::StrCat("filter: '", std::string(1001, 'a'), "'")),
       "filter"},
      {FromText<ListSessionsRequest>("filter: 'state\\000'"), "filter"},
  };
  for (auto c : cases) {
    EXPECT_THAT(Validate(c.request), Complains(kInvalid, c.field)) << c.field;
  }
  auto longest = FromText<ListSessionsRequest>(absl::StrCat("page_size: 2147483647 page_token: '",
                                                            std::string(2048, 'A'), "' filter: '",
                                                            std::string(1000, 'a'), "'"));
  EXPECT_THAT(Validate(longest), IsOk());
}

TEST(ValidateTest, IdentifiersAreNotReadAsRegisterNumbers) {
  const std::string uuid = "01890a5d-ac96-774b-bcce-a85073003328";
  auto list = FromText<ListSessionsRequest>(absl::StrCat("filter: 'series = series/", uuid, "'"));
  EXPECT_THAT(Validate(list), IsOk());
  RegisterRequest request = ARegistration();
  request.set_parent(absl::StrCat("sessions/", uuid));
  request.set_request_id(uuid);
  EXPECT_THAT(Validate(request), IsOk());
}

TEST(ValidateTest, KnowsLengthsOfTimeAndCursors) {
  using changes::v1::ListChangesRequest;
  const struct {
    const char* text;
    const char* field;
  } cases[] = {
      {"wait { seconds: -1 }", "wait"},
      {"wait { nanos: -1 }", "wait"},
      {"wait { nanos: 1000000000 }", "wait"},
      {"wait { seconds: 315576000001 }", "wait"},
      {"after { generation: 'x' }", "after.generation"},
      {"after { position: -1 }", "after.position"},
  };
  for (const auto& c : cases) {
    auto request = FromText<ListChangesRequest>(c.text);
    EXPECT_THAT(Validate(request), Complains(kInvalid, c.field)) << c.text;
  }
  auto good = FromText<ListChangesRequest>(R"pb(
    after { generation: "01890a5d-ac96-774b-bcce-b302099a8057" position: 9223372036854775807 }
    wait { seconds: 20 nanos: 999999999 }
  )pb");
  EXPECT_THAT(Validate(good), IsOk());
}

TEST(ValidateTest, ReportsTwentyViolationsAndTheReasonOfTheFirst) {
  RegisterRequest request = ARegistration();
  request.set_parent("geheim");
  for (int i = 0; i < 20; ++i) {
    events::v1::Attendee& attendee = *request.mutable_registration()->mutable_attendees(0);
    attendee.add_answers()->set_question_id("Geheim");
  }
  request.clear_request_id();
  const absl::Status status = Validate(request);
  EXPECT_THAT(status, Complains(kName, "parent"));
  EXPECT_THAT(status, HasField("registration.attendees[0].answers[1].question_id"));
  EXPECT_THAT(status, HasField("registration.attendees[0].answers[19].question_id"));
  EXPECT_THAT(status, Not(HasField("registration.attendees[0].answers[20].question_id")));
  EXPECT_THAT(status, Not(HasField("request_id")));
  EXPECT_THAT(errors::ToProto(status).DebugString(), Not(HasSubstr("eheim")));
}

TEST(ValidateUpdateTest, DemandsWhatChangesAlone) {
  for (const char* rest : {
           "",
           "session { title { nl: 'Nieuw' } }",
           "session { capacity: 30 }",
           "session { title { nl: 'Nieuw' } } update_mask { paths: 'title' }",
           "update_mask { paths: 'description' }",
           "update_mask { paths: 'place' paths: 'choice_group' }",
           "session { unlimited {} } update_mask { paths: 'capacity' paths: 'unlimited' }",
           // Not masked, so not demanded in full.
           "session { title {} place {} } update_mask { paths: 'choice_group' }",
       }) {
    UpdateSessionRequest update = AnUpdate(rest);
    EXPECT_THAT(Validate(update), IsOk()) << rest;
  }
}

TEST(ValidateUpdateTest, NamesTheFieldThatIsWrong) {
  const Change cases[] = {
      {"update_mask { paths: 'title' }", kMissing, "session.title"},
      {"update_mask { paths: 'mode' }", kMissing, "session.mode"},
      {"update_mask { paths: 'series' }", kMissing, "session.series"},
      {"session { title {} } update_mask { paths: 'title' }", kMissing, "session.title.nl"},
      {"session { title {} }", kMissing, "session.title.nl"},
      {"session { title { nl: ' ' } }", kMissing, "session.title.nl"},
      {"update_mask { paths: '*' }", kMissing, "session.window"},
      {"update_mask { paths: '*' }", kMissing, "session.seats"},
      {"update_mask { paths: 'capacity' }", kMissing, "session.seats"},
      {"session { unlimited {} } update_mask { paths: 'capacity' }", kMissing, "session.seats"},
      {"session { capacity: 0 }", kInvalid, "session.capacity"},
      {"session { mode: 9 } update_mask { paths: 'title' }", kMissing, "session.title"},
      {"session { mode: 9 } update_mask { paths: 'place' }", kInvalid, "session.mode"},
      {"session { name: 'sessions/1' }", kName, "session.name"},
      {"session { name: ' ' }", kMissing, "session.name"},
      {"session { etag: '\"1\"' }", kInvalid, "session.etag"},
  };
  for (const Change& c : cases) {
    SCOPED_TRACE(c.change);
    UpdateSessionRequest update = AnUpdate(c.change);
    EXPECT_THAT(Validate(update), HasField(c.field));
    UpdateSessionRequest same = AnUpdate(c.change);
    if (c.field != "session.window" && c.field != "session.seats" && c.field != "session.title") {
      EXPECT_THAT(Validate(same), HasReason(c.reason));
    }
  }
}

TEST(ValidateUpdateTest, NeedsNameAndEtagAndClearsOtherOutput) {
  UpdateSessionRequest update = AnUpdate("session { state: STATE_PUBLISHED confirmed_seats: 9 }");
  EXPECT_THAT(Validate(update), IsOk());
  EXPECT_THAT(update, EqualsProto(AnUpdate("")));

  UpdateSessionRequest nameless = AnUpdate("");
  nameless.mutable_session()->clear_name();
  EXPECT_THAT(Validate(nameless), Complains(kMissing, "session.name"));
  UpdateSessionRequest versionless = AnUpdate("");
  versionless.mutable_session()->clear_etag();
  EXPECT_THAT(Validate(versionless), Complains(kMissing, "session.etag"));
  UpdateSessionRequest empty = AnUpdate("");
  empty.clear_session();
  EXPECT_THAT(Validate(empty), Complains(kMissing, "session"));
}

TEST(ValidateUpdateTest, ANameIsOutputWhereNothingIsUpdated) {
  CreateSessionRequest create = ASession();
  create.mutable_session()->set_name("whatever");
  EXPECT_THAT(Validate(create), IsOk());
  EXPECT_EQ(create.session().name(), "");
}

}  // namespace
}  // namespace scharnier::rpc
