// File: main.cc
// The notifications service: what happens elsewhere becomes mail.

#include <memory>
#include <utility>

#include "common/changes/subscriber.h"
#include "common/errors/macros.h"
#include "common/host/host.h"
#include "services/notifications/intake.h"
#include "services/notifications/migrations.sql.h"
#include "services/notifications/service.h"
#include "services/notifications/settings.h"

namespace scharnier::notifications {
namespace {

// Everything that runs, destroyed from the last to the first.
struct Notifications {
  Notifications(host::Host& host, const Settings& settings)
      : events({.target = settings.events, .caller = "service notifications"}),
        service(host.database, host.keyring),
        intake(host.database, events, host.clock, {.source = "events"},
               QueueMessages(host.keyring)),
        sender(host.database, host.keyring, host.clock, FactsFromEvents(events), settings.sender) {}
  ~Notifications() { events.Shutdown(); }

  rpc::Client events;
  MessageService service;
  changes::Subscriber intake;
  Sender sender;
};

absl::StatusOr<host::Service> Build(host::Host& host, const Settings& settings) {
  RETURN_IF_ERROR(CheckSmtpOptions(settings.sender.smtp, host.clock.simulated()));
  auto notifications = std::make_shared<Notifications>(host, settings);
  return host::Service{.tables = {notifications->service.Table()},
                       .object = std::move(notifications)};
}

}  // namespace
}  // namespace scharnier::notifications

int main(int argc, char** argv) {
  namespace nt = scharnier::notifications;
  nt::Settings settings;
  return scharnier::host::Run(
      argc, argv,
      {.name = "notifications",
       .migrations = nt::Migrations(),
       .configure = [&](auto& reader) { settings = nt::ReadSettings(reader); },
       .build = [&](auto& host) { return nt::Build(host, settings); }});
}
