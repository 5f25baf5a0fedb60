// File: events_test.h
// The events service on a throw-away database, for its tests: callers, sessions and registrations
// in a few words.

#ifndef SCHARNIER_SERVICES_EVENTS_EVENTS_TEST_H_
#define SCHARNIER_SERVICES_EVENTS_EVENTS_TEST_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/database.h"
#include "common/host/host.h"
#include "common/jobs/jobs.h"
#include "common/runtime/clock.h"
#include "common/runtime/executor.h"
#include "common/runtime/keyring.h"
#include "common/testing/postgres.h"
#include "gmock/gmock.h"
#include "services/events/service.h"

namespace scharnier::events {

class EventsTest : public ::testing::Test {
 protected:
  EventsTest();
  ~EventsTest() override;

  // Contexts of one call each, at the clock's instant.
  runtime::Context Person(const std::string& email) const;
  runtime::Context Staff() const;
  runtime::Context Anonymous() const;

  // A published session in a published series, focus group-like; `adjust` changes it before it is
  // made.
  v1::Session MakeSession(const std::function<void(v1::Session&)>& adjust = {});
  v1::Series MakeSeries();

  // One person's registration for a session, as a request with a new request_id.
  static v1::RegisterRequest Request(const v1::Session& session, const std::string& email,
                                     int attendees = 1);
  // Waits for the answers of the two methods that answer later.
  absl::StatusOr<v1::Registration> Register(const runtime::Context& ctx,
                                            const v1::RegisterRequest& req);
  absl::StatusOr<v1::Registration> Register(const v1::Session& session, const std::string& email,
                                            int attendees = 1);
  absl::StatusOr<v1::Session> Get(const runtime::Context& ctx, const std::string& name);
  // A registration as its registrant reads it.
  v1::Registration Read(const std::string& email, const std::string& name);
  absl::StatusOr<v1::Registration> Cancel(const runtime::Context& ctx, const std::string& name);

  // Rows over all tables that a mutation writes: equal before and after means that nothing was
  // written.
  std::string Rows() const;

  testing::TestDatabase database_;
  runtime::ManualClock clock_;
  runtime::Keyring keyring_ = runtime::Keyring::Random();
  db::Database db_;
  runtime::Executor executor_{16, 10000};
  jobs::Runner jobs_{db_, clock_};
  host::Host host_{clock_, keyring_, executor_, db_, jobs_};
  // The register, as far as it is asked: what it answers, and how often it was asked.
  absl::StatusOr<organisations::v1::Organisation> asked_ = absl::UnavailableError("away");
  int times_asked_ = 0;
  std::function<void()> on_asked_;
  EventsService service_{host_, [this](const runtime::Context&, const std::string&) {
                           ++times_asked_;
                           if (on_asked_) {
                             on_asked_();
                           }
                           return asked_;
                         }};
};

}  // namespace scharnier::events

#endif  // SCHARNIER_SERVICES_EVENTS_EVENTS_TEST_H_
