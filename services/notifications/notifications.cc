#include "services/notifications/notifications.h"

#include <memory>

#include "common/changes/subscriber.h"
#include "common/rpc/client.h"
#include "services/notifications/intake.h"
#include "services/notifications/service.h"

namespace scharnier::notifications {
namespace {

// Destroyed from the last to the first.
struct Notifications {
  Notifications(host::Host& host, const Settings& settings)
      : events({.target = settings.events, .caller = "service notifications"}),
        service(host.database, host.keyring),
        intake(host.database, events, host.clock, {.source = "events"},
               QueueMessages(host.keyring)),
        sender(host.database, host.keyring, host.clock, FactsFromEvents(events), settings.sender) {}
  // Threads that wait for events end at once.
  ~Notifications() { events.Shutdown(); }

  rpc::Client events;
  MessageService service;
  changes::Subscriber intake;
  Sender sender;
};

}  // namespace

host::Service Build(host::Host& host, const Settings& settings) {
  auto notifications = std::make_shared<Notifications>(host, settings);
  return host::Service{{notifications->service.Table()}, notifications};
}

}  // namespace scharnier::notifications
