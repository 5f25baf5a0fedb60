#include "services/events/events_test.h"

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/directory/directory.h"
#include "common/runtime/uuid.h"
#include "common/testing/call_context.h"
#include "common/testing/matchers.h"
#include "google/protobuf/text_format.h"
#include "services/events/migrations.sql.h"

namespace scharnier::events {

EventsTest::EventsTest()
    : database_("events", directory::WithDirectory(Migrations())),
      clock_(absl::FromUnixSeconds(1601539200)),  // 1 October 2020, 10.00 in Brussels
      db_(database_.options()) {}

EventsTest::~EventsTest() { executor_.Stop(); }

runtime::Context EventsTest::Person(const std::string& email) const {
  return testing::CallAsPerson(keyring_, email, clock_.Now());
}

runtime::Context EventsTest::Staff() const {
  return testing::CallAs(options::v1::ROLE_STAFF, "devos", clock_.Now());
}

runtime::Context EventsTest::Anonymous() const {
  return testing::CallAs(options::v1::ROLE_ANONYMOUS, "", clock_.Now());
}

v1::Series EventsTest::MakeSeries() {
  v1::CreateSeriesRequest create;
  create.mutable_series()->mutable_title()->set_nl("Verblijf na coronatijd");
  create.mutable_series()->set_contact_email("focusgroepen@example.org");
  create.set_request_id(runtime::NewUuid());
  const auto made = service_.CreateSeries(Staff(), create);
  EXPECT_THAT(made, testing::IsOk());
  v1::PublishSeriesRequest publish;
  publish.set_name(made->name());
  publish.set_request_id(runtime::NewUuid());
  const auto published = service_.PublishSeries(Staff(), publish);
  EXPECT_THAT(published, testing::IsOk());
  return *published;
}

v1::Session EventsTest::MakeSession(const std::function<void(v1::Session&)>& adjust) {
  v1::CreateSessionRequest create;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        title { nl: "Antwerpen, voormiddag" }
        mode: MODE_ONLINE
        when {
          period {
            from {
              date { year: 2020 month: 10 day: 15 }
              time { hours: 9 }
              precision: PRECISION_MINUTE
            }
            to {
              date { year: 2020 month: 10 day: 15 }
              time { hours: 12 }
              precision: PRECISION_MINUTE
            }
          }
        }
        regions { regions: REGION_ANT openness: OPENNESS_SOFT }
        audience { audiences: AUDIENCE_FACILITY openness: OPENNESS_SOFT }
        window {
          deadline {
            date { year: 2020 month: 10 day: 11 }
            strictness: STRICTNESS_HARD
            bound: BOUND_INCLUSIVE
          }
        }
        capacity: 2
      )pb",
      create.mutable_session()));
  if (adjust) {
    adjust(*create.mutable_session());
  }
  if (create.session().series().empty()) {
    create.mutable_session()->set_series(MakeSeries().name());
  }
  create.set_request_id(runtime::NewUuid());
  const auto made = service_.CreateSession(Staff(), create);
  EXPECT_THAT(made, testing::IsOk());
  v1::PublishSessionRequest publish;
  publish.set_name(made->name());
  publish.set_request_id(runtime::NewUuid());
  const auto published = service_.PublishSession(Staff(), publish);
  EXPECT_THAT(published, testing::IsOk());
  return *published;
}

v1::RegisterRequest EventsTest::Request(const v1::Session& session, const std::string& email,
                                        int attendees) {
  v1::RegisterRequest request;
  request.set_parent(session.name());
  request.set_request_id(runtime::NewUuid());
  v1::Registration& registration = *request.mutable_registration();
  registration.mutable_registrant()->set_full_name("An Peeters");
  registration.mutable_registrant()->set_email(email);
  registration.set_region(types::v1::REGION_ANT);
  for (int i = 0; i < attendees; ++i) {
    v1::Attendee& attendee = *registration.add_attendees();
    attendee.set_full_name(i == 0 ? "An Peeters" : absl::StrCat("Collega ", i));
    attendee.set_audience(v1::AUDIENCE_FACILITY);
  }
  return request;
}

absl::StatusOr<v1::Registration> EventsTest::Register(const runtime::Context& ctx,
                                                      const v1::RegisterRequest& req) {
  absl::Notification answered;
  absl::StatusOr<v1::Registration> answer = absl::UnknownError("no answer");
  service_.Register(ctx, req, [&](absl::StatusOr<v1::Registration> given) {
    answer = std::move(given);
    answered.Notify();
  });
  answered.WaitForNotification();
  return answer;
}

absl::StatusOr<v1::Registration> EventsTest::Register(const v1::Session& session,
                                                      const std::string& email, int attendees) {
  return Register(Person(email), Request(session, email, attendees));
}

absl::StatusOr<v1::Session> EventsTest::Get(const runtime::Context& ctx, const std::string& name) {
  v1::GetSessionRequest request;
  request.set_name(name);
  absl::Notification answered;
  absl::StatusOr<v1::Session> answer = absl::UnknownError("no answer");
  service_.GetSession(ctx, request, [&](absl::StatusOr<v1::Session> given) {
    answer = std::move(given);
    answered.Notify();
  });
  answered.WaitForNotification();
  return answer;
}

absl::StatusOr<v1::Registration> EventsTest::Cancel(const runtime::Context& ctx,
                                                    const std::string& name) {
  v1::CancelRegistrationRequest request;
  request.set_name(name);
  request.set_request_id(runtime::NewUuid());
  return service_.CancelRegistration(ctx, request);
}

v1::Registration EventsTest::Read(const std::string& email, const std::string& name) {
  v1::GetRegistrationRequest request;
  request.set_name(name);
  const auto read = service_.GetRegistration(Person(email), request);
  EXPECT_THAT(read, testing::IsOk());
  return *read;
}

std::string EventsTest::Rows() const {
  return database_.Sql(
      "SELECT concat_ws(' ', (SELECT count(*) FROM series), (SELECT count(*) FROM session), "
      "(SELECT count(*) FROM registration), (SELECT count(*) FROM attendee), (SELECT count(*) FROM "
      "change), "
      "(SELECT count(*) FROM audit), (SELECT count(*) FROM request_log), "
      "(SELECT coalesce(sum(confirmed_seats + waiting_seats + next_arrival), 0) FROM session))")[0];
}

}  // namespace scharnier::events
