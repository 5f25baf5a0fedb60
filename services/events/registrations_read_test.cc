// What of registrations is read, and by whom.

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/runtime/uuid.h"
#include "common/testing/matchers.h"
#include "google/protobuf/any.pb.h"
#include "scharnier/events/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/events/events_test.h"

namespace scharnier::events {
namespace {

using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::HasMetadata;
using testing::HasReason;
using testing::IsOk;

constexpr auto kWaitlisted = v1::Registration::STATE_WAITLISTED;
constexpr auto kCancelled = v1::Registration::STATE_CANCELLED;

using ReadRegistrationsTest = EventsTest;

TEST_F(ReadRegistrationsTest, ADraftDoesNotExistForPeople) {
  v1::CreateSessionRequest create;
  *create.mutable_session() = MakeSession();
  create.set_request_id(runtime::NewUuid());
  const auto draft = service_.CreateSession(Staff(), create);
  ASSERT_THAT(draft, IsOk());
  v1::Session nothing;
  nothing.set_name("sessions/" + runtime::NewUuid());
  const absl::Status of_draft = Register(*draft, "een@example.org").status();
  const absl::Status of_nothing = Register(nothing, "een@example.org").status();
  EXPECT_THAT(of_draft, HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  EXPECT_EQ(of_draft.message(), of_nothing.message());
  EXPECT_THAT(of_draft, HasMetadata("name", draft->name()));
  EXPECT_THAT(of_nothing, HasMetadata("name", nothing.name()));
  EXPECT_THAT(Register(Staff(), Request(*draft, "een@example.org")),
              HasReason(v1::ERROR_REASON_SESSION_STATE));
  // A registration that nobody has does not give the draft away either.
  for (const std::string& session : {draft->name(), nothing.name()}) {
    const std::string name = absl::StrCat(session, "/registrations/", runtime::NewUuid());
    const absl::Status cancelled = Cancel(Person("een@example.org"), name).status();
    EXPECT_EQ(cancelled.message(), "there is no such resource");
    EXPECT_THAT(cancelled, HasMetadata("name", name));
  }
}

// A change carries the resource as it is after it.
TEST_F(ReadRegistrationsTest, ChangesCarryTheNewEtagAndNoPlaceInLine) {
  const v1::Session session = MakeSession();
  ASSERT_THAT(Register(session, "vol@example.org", 2), IsOk());
  const auto leaver = Register(session, "weg@example.org");
  const auto first = Register(session, "eerst@example.org");
  const auto cancelled = Cancel(Person("weg@example.org"), leaver->name());
  ASSERT_THAT(cancelled, IsOk());
  EXPECT_THAT(Read("weg@example.org", leaver->name()), EqualsProto(*cancelled));
  google::protobuf::Any payload;
  ASSERT_TRUE(payload.ParseFromString(absl::HexStringToBytes(database_.Sql(
      "SELECT encode(payload, 'hex') FROM change WHERE type LIKE '%registration.cancelled'")[0])));
  v1::Registration of_change;
  ASSERT_TRUE(payload.UnpackTo(&of_change));
  EXPECT_EQ(of_change.state(), kCancelled);
  EXPECT_EQ(of_change.waiting_position(), 0);
  EXPECT_NE(of_change.etag(), leaver->etag());
  EXPECT_EQ(of_change.etag(), cancelled->etag());
  EXPECT_EQ(Read("eerst@example.org", first->name()).waiting_position(), 1);
}

TEST_F(ReadRegistrationsTest, WhatANewerReleaseKeepsPersonalStaysSo) {
  const v1::Session session = MakeSession();
  const auto made = Register(session, "een@example.org");
  ASSERT_THAT(made, IsOk());
  // Field 1000, "Kanarie", at the end of the message.
  database_.Sql("UPDATE registration SET personal = personal || '\\xc23e074b616e61726965'::bytea");
  ASSERT_THAT(Cancel(Person("een@example.org"), made->name()), IsOk());
  EXPECT_THAT(database_.Sql("SELECT count(*) FROM registration, change WHERE "
                            "position('Kanarie'::bytea IN body) > 0 OR "
                            "position('Kanarie'::bytea IN payload) > 0"),
              ElementsAre("0"));
}

TEST_F(ReadRegistrationsTest, OthersRegistrationsDoNotExist) {
  const v1::Session session = MakeSession();
  const auto mine = Register(session, "een@example.org");
  ASSERT_THAT(mine, IsOk());
  v1::GetRegistrationRequest get;
  get.set_name(mine->name());
  EXPECT_THAT(service_.GetRegistration(Person("ander@example.org"), get),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  const auto refused = Cancel(Person("ander@example.org"), mine->name());
  EXPECT_THAT(refused, HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  EXPECT_THAT(refused, HasMetadata("name", mine->name()));
  v1::ListRegistrationsRequest list;
  list.set_parent(session.name());
  const auto listed = service_.ListRegistrations(Person("ander@example.org"), list);
  ASSERT_THAT(listed, IsOk());
  EXPECT_EQ(listed->registrations_size(), 0);
  list.set_parent("sessions/" + runtime::NewUuid());
  EXPECT_THAT(service_.ListRegistrations(Staff(), list),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
}

TEST_F(ReadRegistrationsTest, ListsInOrderOfArrivalByPages) {
  const v1::Session session = MakeSession();
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) {
    names.push_back(Register(session, absl::StrCat("p", i, "@example.org"))->name());
  }
  v1::ListRegistrationsRequest list;
  list.set_parent(session.name());
  list.set_page_size(2);
  std::vector<std::string> listed;
  do {
    const auto page = service_.ListRegistrations(Staff(), list);
    ASSERT_THAT(page, IsOk());
    EXPECT_LE(page->registrations_size(), 2);
    for (const v1::Registration& registration : page->registrations()) {
      listed.push_back(registration.name());
    }
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  EXPECT_EQ(listed, names);
  list.set_filter("state = STATE_WAITLISTED");
  const auto waiting = service_.ListRegistrations(Staff(), list);
  ASSERT_THAT(waiting, IsOk());
  EXPECT_EQ(waiting->registrations_size(), 2);
}

TEST_F(ReadRegistrationsTest, ListedPlacesInLineAreThoseOfTheLine) {
  const v1::Session session = MakeSession();
  std::vector<std::string> waiting;
  for (int i = 0; i < 8; ++i) {
    const auto made = Register(session, absl::StrCat("p", i, "@example.org"));
    ASSERT_THAT(made, IsOk());
    if (made->state() == kWaitlisted) {
      waiting.push_back(made->name());
    }
  }
  ASSERT_THAT(Cancel(Person("p4@example.org"), waiting[2]), IsOk());
  const auto places = [&](const runtime::Context& ctx, int page_size) {
    v1::ListRegistrationsRequest list;
    list.set_parent(session.name());
    list.set_page_size(page_size);
    std::vector<int> found;
    do {
      const auto page = service_.ListRegistrations(ctx, list);
      EXPECT_THAT(page, IsOk());
      for (const v1::Registration& registration : page->registrations()) {
        if (registration.state() == kWaitlisted) {
          found.push_back(registration.waiting_position());
        }
      }
      list.set_page_token(page->next_page_token());
    } while (!list.page_token().empty());
    return found;
  };
  for (const int page_size : {2, 3, 100}) {
    const std::vector<int> found = places(Staff(), page_size);
    ASSERT_EQ(found.size(), waiting.size() - 1);
    for (size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i], i + 1);
    }
  }
  EXPECT_THAT(places(Person("p7@example.org"), 100), ElementsAre(waiting.size() - 1));
}

TEST_F(ReadRegistrationsTest, AnswersAreSealedAndPeopleStandInNoChange) {
  const v1::Session session = MakeSession([](v1::Session& s) {
    auto& question = *s.mutable_form()->add_sections()->add_questions();
    question.set_id("traject");
    question.mutable_title()->set_nl("Korte beschrijving van een leerzaam traject");
    question.set_sensitive(true);
    question.mutable_text();
  });
  v1::RegisterRequest request = Request(session, "kanarie@example.org");
  request.mutable_registration()->mutable_registrant()->set_full_name("Kanarie Naam");
  request.mutable_registration()->mutable_attendees(0)->set_full_name("Kanarie Naam");
  auto& answer = *request.mutable_registration()->mutable_attendees(0)->add_answers();
  answer.set_question_id("traject");
  answer.set_text("Kanarie-verhaal");
  const auto made = Register(Person("kanarie@example.org"), request);
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->attendees(0).answers(0).text(), "Kanarie-verhaal");
  EXPECT_EQ(Read("kanarie@example.org", made->name()).attendees(0).answers(0).text(),
            "Kanarie-verhaal");
  v1::GetRegistrationRequest get;
  get.set_name(made->name());
  const auto by_staff = service_.GetRegistration(Staff(), get);
  ASSERT_THAT(by_staff, IsOk());
  EXPECT_EQ(by_staff->attendees(0).full_name(), "Kanarie Naam");
  EXPECT_EQ(by_staff->attendees(0).answers(0).text(), "");
  for (const char* place : {"change", "audit", "request_log", "attendee"}) {
    for (const char* canary : {"Kanarie", "kanarie"}) {
      EXPECT_THAT(database_.Sql(absl::StrCat("SELECT count(*) FROM ", place, " t WHERE position('",
                                             canary, "' IN t::text) > 0 OR position(encode('",
                                             canary, "', 'hex') IN t::text) > 0")),
                  ElementsAre("0"))
          << place;
    }
  }
  EXPECT_THAT(
      database_.Sql(
          "SELECT count(*) FROM registration WHERE position('Kanarie'::bytea IN body) > 0 OR "
          "position('Kanarie'::bytea IN sealed) > 0 OR position('verhaal'::bytea IN personal) > 0"),
      ElementsAre("0"));
}

}  // namespace
}  // namespace scharnier::events
