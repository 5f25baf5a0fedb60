// File: notifications_test.h
// What the tests of this service share: a registration with its session and series, and a database.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_NOTIFICATIONS_TEST_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_NOTIFICATIONS_TEST_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/db/database.h"
#include "common/runtime/clock.h"
#include "common/runtime/context.h"
#include "common/runtime/keyring.h"
#include "common/testing/matchers.h"
#include "common/testing/postgres.h"
#include "services/notifications/letter.h"
#include "services/notifications/migrations.sql.h"
#include "services/notifications/registration_facts.h"
#include "services/notifications/store/messages.h"

namespace scharnier::notifications {

inline constexpr char kRegistration[] =
    "sessions/01900000-0000-7000-8000-00000000000a/registrations/"
    "01900000-0000-7000-8000-00007f3a92c1";

// Two people, both with an address, are seated on 15 October 2020, from 9 to 12 o'clock.
inline RegistrationParts ExampleRegistration() {
  RegistrationParts parts;
  events::v1::Registration& registration = parts.registration;
  registration.set_name(kRegistration);
  registration.set_state(events::v1::Registration::STATE_CONFIRMED);
  for (const auto& [name, email] :
       {std::pair("Zoë Çelik", "zoe@example.org"), std::pair("Bob De Wit", "bob@example.org")}) {
    events::v1::Attendee& attendee = *registration.add_attendees();
    attendee.set_full_name(name);
    attendee.set_email(email);
    events::v1::Person& person = *registration.add_recipients();
    person.set_full_name(name);
    person.set_email(email);
  }
  types::v1::Answer& answer = *registration.mutable_attendees(0)->add_answers();
  answer.set_question_id("traject");
  answer.set_text("CANARY-ANSWER");

  events::v1::Session& session = parts.session;
  session.set_name("sessions/01900000-0000-7000-8000-00000000000a");
  session.set_series("series/01900000-0000-7000-8000-00000000000b");
  session.mutable_title()->set_nl("Focusgroep 1: cliënten & context");
  session.set_mode(events::v1::Session::MODE_IN_PERSON);
  session.mutable_place()->set_address("Opgroeien, Hallepoortlaan 27, 1060 Brussel");
  types::v1::Period& period = *session.mutable_when()->mutable_period();
  for (const auto& [moment, hour] :
       {std::pair(period.mutable_from(), 9), std::pair(period.mutable_to(), 12)}) {
    moment->set_precision(types::v1::PRECISION_MINUTE);
    moment->mutable_date()->set_year(2020);
    moment->mutable_date()->set_month(10);
    moment->mutable_date()->set_day(15);
    moment->mutable_time()->set_hours(hour);
  }
  parts.series.set_name(session.series());
  parts.series.set_contact_email("vragen@example.org");
  return parts;
}

// The mail of a message of this purpose that tells these facts.
inline absl::StatusOr<Mail> WriteMail(v1::Purpose purpose, Facts facts) {
  v1::Message message;
  message.set_name("messages/01900000-0000-7000-8000-00000000000c");
  message.set_purpose(purpose);
  const Mailbox from{.name = {}, .address = HeaderText::From("meedoen@example.org").value()};
  return WriteMail(message, std::move(facts), from, absl::FromUnixSeconds(1'602'000'000));
}

// A migrated database of its own for each test.
class NotificationsTest : public ::testing::Test {
 protected:
  runtime::Context::Options Options(options::v1::Role role = options::v1::ROLE_SERVICE) const {
    return {.caller = {.role = role, .subject = "test"},
            .now = clock_.Now(),
            .deadline = absl::Now() + absl::Seconds(30),
            .method = "test"};
  }
  // Runs `body` in a transaction.
  template <class F>
  auto Transact(F body) -> decltype(body(std::declval<db::Tx&>())) {
    const runtime::Context ctx(Options());
    return db_.Transact(ctx, body);
  }
  // Queues the messages of one occasion, to so many people, and returns them.
  std::vector<v1::Message> Queue(int people, const std::string& object = kRegistration,
                                 int64_t sequence = 1) {
    store::Occasion occasion{.purpose = v1::PURPOSE_REGISTRATION_CONFIRMED,
                             .object = object,
                             .thread = object,
                             .sequence = sequence};
    for (int i = 0; i < people; ++i) {
      occasion.recipients.push_back({.name = absl::StrCat("people/", i)});
    }
    const auto stored =
        Transact([&](db::Tx& tx) { return store::InsertMessages(tx, occasion, clock_.Now()); });
    EXPECT_THAT(stored, testing::IsOk());
    std::vector<v1::Message> messages;
    for (const store::StoredMessage& each : *stored) {
      messages.push_back(each.message);
    }
    return messages;
  }
  // The message as it is now.
  v1::Message Now(const v1::Message& message) {
    const std::string id = message.name().substr(message.name().find('/') + 1);
    auto found = Transact([&](db::Tx& tx) { return store::GetMessage(tx, id); });
    EXPECT_THAT(found, testing::IsOk());
    return *found;
  }
  // Ends what the database's clock would end later: the leases of all workers, and all back-off.
  void EndLeases() { Due(v1::Message::STATE_SENDING); }
  void EndBackOff() { Due(v1::Message::STATE_QUEUED); }
  void Due(v1::Message::State state) {
    database_.Sql(
        absl::StrCat("UPDATE message SET due_time = now() - interval '1 s' WHERE state = ", state));
  }

  testing::TestDatabase database_{"notifications", Migrations()};
  runtime::ManualClock clock_{absl::FromUnixSeconds(1'602'000'000)};
  runtime::Keyring keyring_ = runtime::Keyring::Random();
  db::Database db_{database_.options()};
};

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_NOTIFICATIONS_TEST_H_
