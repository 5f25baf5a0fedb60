// Changing registrations, and acting on them by the token in a mail.

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/runtime/uuid.h"
#include "common/testing/call_context.h"
#include "common/testing/matchers.h"
#include "scharnier/events/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/events/events_test.h"

namespace scharnier::events {
namespace {

using identity::v1::ActionToken;
using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::HasField;
using testing::HasReason;
using testing::IsOk;
using testing::IsOkAnd;

constexpr auto kNotFound = types::v1::ERROR_REASON_RESOURCE_NOT_FOUND;
constexpr char kAn[] = "an@example.org";
constexpr char kAnswers[] = "answers";
constexpr char kName[] = "registrant.full_name";
const absl::Time kBegins = absl::FromUnixSeconds(1602745200);  // 15 October 2020, 9.00

class UpdateRegistrationTest : public EventsTest {
 protected:
  // A session that asks for a story, and a party of two that told none.
  UpdateRegistrationTest()
      : session_(MakeSession([](v1::Session& s) {
          auto& question = *s.mutable_form()->add_sections()->add_questions();
          question.set_id("verhaal");
          question.mutable_title()->set_nl("Kort verhaal");
          question.mutable_text()->set_max_words(3);
        })),
        made_(*Register(session_, kAn, 2)) {}

  static v1::UpdateRegistrationRequest Update(const v1::Registration& patch,
                                              const std::vector<std::string>& paths) {
    v1::UpdateRegistrationRequest request;
    *request.mutable_registration() = patch;
    request.mutable_update_mask()->mutable_paths()->Assign(paths.begin(), paths.end());
    request.set_request_id(runtime::NewUuid());
    return request;
  }
  // The registration as it was made, with a story of its first attendee.
  v1::Registration Told(const std::string& story) const {
    v1::Registration told = made_;
    auto& answer = *told.mutable_attendees(0)->add_answers();
    answer.set_question_id("verhaal");
    answer.set_text(story);
    return told;
  }
  v1::Registration Renamed(const std::string& name) const {
    v1::Registration renamed = made_;
    renamed.mutable_registrant()->set_full_name(name);
    return renamed;
  }
  runtime::Context Holder(const std::string& resource, const std::string& email = kAn,
                          ActionToken::Purpose purpose = ActionToken::PURPOSE_REGISTRATION) const {
    return testing::CallAsHolder(purpose, resource, runtime::PersonKey(keyring_, email),
                                 clock_.Now());
  }
  absl::StatusOr<v1::Registration> Get(const runtime::Context& ctx, const std::string& name) {
    v1::GetRegistrationRequest request;
    request.set_name(name);
    return service_.GetRegistration(ctx, request);
  }

  const v1::Session session_;
  const v1::Registration made_;
};

TEST_F(UpdateRegistrationTest, AnswersAndTheNameChange) {
  const auto request = Update(Told("Een goed gesprek"), {kAnswers});
  const auto told = service_.UpdateRegistration(Person(kAn), request);
  ASSERT_THAT(told, IsOk());
  EXPECT_NE(told->etag(), made_.etag());
  EXPECT_THAT(Read(kAn, made_.name()), EqualsProto(*told));
  EXPECT_EQ(told->attendees(0).answers(0).text(), "Een goed gesprek");

  v1::Registration renamed = *told;
  renamed.mutable_registrant()->set_full_name("An Peeters-Maes");
  renamed.mutable_attendees(0)->set_full_name("Iemand anders");
  renamed.clear_region();
  const auto after = service_.UpdateRegistration(Person(kAn), Update(renamed, {kName}));
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->registrant().full_name(), "An Peeters-Maes");
  EXPECT_EQ(after->recipients(0).full_name(), "An Peeters-Maes");
  EXPECT_EQ(after->attendees(0).full_name(), "An Peeters") << "nothing else";
  EXPECT_EQ(after->region(), types::v1::REGION_ANT);
  EXPECT_THAT(Read(kAn, made_.name()), EqualsProto(*after));

  EXPECT_THAT(service_.UpdateRegistration(Person(kAn), request), IsOkAnd(EqualsProto(*after)))
      << "a repetition has no effect and shows what is";
  EXPECT_THAT(database_.Sql("SELECT type FROM change WHERE type LIKE '%registration%' ORDER BY n"),
              ElementsAre("scharnier.events.v1.registration.confirmed",
                          "scharnier.events.v1.registration.updated",
                          "scharnier.events.v1.registration.updated"));
  EXPECT_THAT(database_.Sql("SELECT count(*) FROM change WHERE position('gesprek'::bytea IN "
                            "payload) > 0 OR position('Maes'::bytea IN payload) > 0"),
              ElementsAre("0"));
  EXPECT_THAT(database_.Sql("SELECT count(*) FROM audit WHERE concat(before, after) LIKE "
                            "'%gesprek%' OR concat(before, after) LIKE '%Maes%'"),
              ElementsAre("0"));
}

TEST_F(UpdateRegistrationTest, WhatIsGivenAsItIsChangesNothing) {
  const std::string rows = database_.Sql("SELECT count(*) FROM audit")[0];
  const auto same = service_.UpdateRegistration(Person(kAn), Update(made_, {kAnswers, kName}));
  ASSERT_THAT(same, IsOk());
  EXPECT_EQ(same->etag(), made_.etag());
  EXPECT_EQ(database_.Sql("SELECT count(*) FROM audit")[0], rows);
}

TEST_F(UpdateRegistrationTest, StaffWriteAnswersAndDoNotReadThem) {
  const auto told = service_.UpdateRegistration(Staff(), Update(Told("Per telefoon"), {kAnswers}));
  ASSERT_THAT(told, IsOk());
  EXPECT_EQ(told->attendees(0).answers(0).text(), "");
  EXPECT_EQ(Read(kAn, made_.name()).attendees(0).answers(0).text(), "Per telefoon");
  v1::Registration renamed = *told;
  renamed.mutable_registrant()->set_full_name("An Maes");
  ASSERT_THAT(service_.UpdateRegistration(Staff(), Update(renamed, {kName})), IsOk());
  const v1::Registration read = Read(kAn, made_.name());
  EXPECT_EQ(read.registrant().full_name(), "An Maes");
  EXPECT_EQ(read.attendees(0).answers(0).text(), "Per telefoon") << "what they cannot read stays";
}

// Neither from the etag nor from the trail: guesses would else be answered with yes or no.
TEST_F(UpdateRegistrationTest, StaffDoNotLearnWhetherTheyWroteWhatStoodThere) {
  for (const char* guess : {"Per telefoon", "Per telefoon", "Per mail"}) {
    const v1::Registration before = Read(kAn, made_.name());
    v1::Registration told = Told(guess);
    told.set_etag(before.etag());
    const auto after = service_.UpdateRegistration(Staff(), Update(told, {kAnswers}));
    ASSERT_THAT(after, IsOk());
    EXPECT_NE(after->etag(), before.etag()) << guess;
  }
  EXPECT_THAT(
      database_.Sql("SELECT fields::text FROM audit ORDER BY id DESC LIMIT 3"),
      ::testing::AllOf(::testing::SizeIs(3), ::testing::Each(::testing::HasSubstr("answers"))));
}

TEST_F(UpdateRegistrationTest, WhoWaitsSeesTheirPlace) {
  const auto waiting = Register(session_, "jan@example.org");
  ASSERT_THAT(waiting, IsOk());
  v1::Registration renamed = *waiting;
  renamed.mutable_registrant()->set_full_name("Jan");
  const auto after =
      service_.UpdateRegistration(Person("jan@example.org"), Update(renamed, {kName}));
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->waiting_position(), 1);
  EXPECT_EQ(after->state(), v1::Registration::STATE_WAITLISTED);
}

TEST_F(UpdateRegistrationTest, IsRefused) {
  v1::Registration stale = Told("Kort");
  stale.set_etag("b3Vk");
  v1::Registration alone = Told("Kort");
  alone.mutable_attendees()->RemoveLast();
  v1::Registration unknown = Told("Kort");
  unknown.mutable_attendees(0)->mutable_answers(0)->set_question_id("anders");
  const struct {
    const char* what;
    v1::UpdateRegistrationRequest request;
    types::v1::ErrorReason reason;
    const char* field;
  } cases[] = {
      {"no mask", Update(Told("Kort"), {}), types::v1::ERROR_REASON_FIELD_MISSING, "update_mask"},
      {"all", Update(Told("Kort"), {"*"}), types::v1::ERROR_REASON_FIELD_MASK_INVALID,
       "update_mask"},
      {"region", Update(Told("Kort"), {"region"}), types::v1::ERROR_REASON_FIELD_MASK_INVALID,
       "update_mask"},
      {"address", Update(Told("Kort"), {kName, "registrant.email"}),
       types::v1::ERROR_REASON_FIELD_MASK_INVALID, "update_mask"},
      {"fewer people", Update(alone, {kAnswers}), types::v1::ERROR_REASON_FIELD_INVALID,
       "registration.attendees"},
      {"too long", Update(Told("Een veel te lang verhaal"), {kAnswers}),
       types::v1::ERROR_REASON_FIELD_INVALID, "registration.attendees[0].answers[0].text"},
      {"not asked", Update(unknown, {kAnswers}), types::v1::ERROR_REASON_FIELD_INVALID,
       "registration.attendees[0].answers[0].question_id"},
      {"no name", Update(Renamed(" "), {kName}), types::v1::ERROR_REASON_FIELD_MISSING,
       "registration.registrant.full_name"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(service_.UpdateRegistration(Person(kAn), c.request),
                ::testing::AllOf(HasReason(c.reason), HasField(c.field)))
        << c.what;
  }
  EXPECT_THAT(service_.UpdateRegistration(Person(kAn), Update(stale, {kAnswers})),
              HasReason(types::v1::ERROR_REASON_ETAG_STALE));
  EXPECT_THAT(
      service_.UpdateRegistration(Person("jan@example.org"), Update(Told("Kort"), {kAnswers})),
      HasReason(kNotFound));
  EXPECT_THAT(Read(kAn, made_.name()), EqualsProto(made_));
}

TEST_F(UpdateRegistrationTest, UntilTheSessionBeginsAndNotOnceCancelled) {
  const v1::Session late = MakeSession();
  const auto given_up = Register(late, kAn);
  const auto cancelled = Cancel(Person(kAn), given_up->name());
  ASSERT_THAT(cancelled, IsOk());
  EXPECT_THAT(service_.UpdateRegistration(Person(kAn), Update(*cancelled, {kName})),
              HasReason(v1::ERROR_REASON_REGISTRATION_CANCELLED));
  clock_.Set(kBegins);
  EXPECT_THAT(service_.UpdateRegistration(Person(kAn), Update(Told("Kort"), {kAnswers})),
              HasReason(v1::ERROR_REASON_SESSION_BEGUN));
  clock_.Set(kBegins - absl::Milliseconds(1));
  EXPECT_THAT(service_.UpdateRegistration(Person(kAn), Update(Told("Kort"), {kAnswers})), IsOk());
}

TEST_F(UpdateRegistrationTest, ATokenOpensItsRegistration) {
  const runtime::Context holder = Holder(made_.name());
  EXPECT_THAT(Get(holder, made_.name()), IsOkAnd(EqualsProto(Read(kAn, made_.name()))));
  const auto told = service_.UpdateRegistration(holder, Update(Told("Kort"), {kAnswers}));
  ASSERT_THAT(told, IsOk());
  EXPECT_EQ(told->attendees(0).answers(0).text(), "Kort") << "as the registrant";
  EXPECT_THAT(database_.Sql("SELECT subject FROM audit ORDER BY id DESC LIMIT 1"),
              ElementsAre("token:5f2a"));
  const auto cancelled = Cancel(holder, made_.name());
  ASSERT_THAT(cancelled, IsOk());
  EXPECT_EQ(cancelled->state(), v1::Registration::STATE_CANCELLED);
}

TEST_F(UpdateRegistrationTest, ATokenForSomethingElseOpensNothing) {
  const v1::Session another = MakeSession();
  const std::string theirs = Register(another, kAn)->name();
  const struct {
    const char* what;
    runtime::Context holder;
  } cases[] = {
      {"another registration of the same person", Holder(theirs)},
      {"the session", Holder(session_.name())},
      {"another purpose", Holder(made_.name(), kAn, ActionToken::PURPOSE_INVITATION)},
      {"no purpose", Holder(made_.name(), kAn, ActionToken::PURPOSE_UNSPECIFIED)},
      {"another person", Holder(made_.name(), "jan@example.org")},
  };
  const std::string rows = Rows();
  for (const auto& c : cases) {
    EXPECT_THAT(Get(c.holder, made_.name()), HasReason(kNotFound)) << c.what;
    EXPECT_THAT(Cancel(c.holder, made_.name()), HasReason(kNotFound)) << c.what;
    EXPECT_THAT(service_.UpdateRegistration(c.holder, Update(Told("Kort"), {kAnswers})),
                HasReason(kNotFound))
        << c.what;
    v1::ListRegistrationsRequest list;
    list.set_parent(session_.name());
    const auto listed = service_.ListRegistrations(c.holder, list);
    ASSERT_THAT(listed, IsOk());
    EXPECT_EQ(listed->registrations_size(), 0) << c.what;
  }
  EXPECT_EQ(Rows(), rows);
}

}  // namespace
}  // namespace scharnier::events
