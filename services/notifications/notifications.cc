#include "services/notifications/notifications.h"

#include <memory>

#include "common/changes/subscriber.h"
#include "services/notifications/intake.h"
#include "services/notifications/links.h"
#include "services/notifications/service.h"
#include "services/notifications/sources.h"

namespace scharnier::notifications {
namespace {

// Destroyed from the last to the first.
struct Notifications {
  Notifications(host::Host& host, const Settings& settings)
      : sources(settings.sources, host.tls),
        service(host.database, host.keyring),
        queue(QueueMessages(host.keyring, AskWhomACallConcerns(sources))),
        organisations(host.database, sources.organisations, host.clock, {.source = "organisations"},
                      queue),
        proposals(host.database, sources.proposals, host.clock, {.source = "proposals"}, queue),
        events(host.database, sources.events, host.clock, {.source = "events"}, queue),
        links(settings.links, host.keyring, host.clock),
        sender(host.database, host.keyring, host.clock, FactsFrom(sources, links),
               settings.sender) {}
  // Threads that wait for a source end at once.
  ~Notifications() { sources.Shutdown(); }

  Sources sources;
  MessageService service;
  const changes::Subscriber::Apply queue;
  changes::Subscriber organisations, proposals, events;
  const Links links;
  Sender sender;
};

}  // namespace

host::Service Build(host::Host& host, const Settings& settings) {
  auto notifications = std::make_shared<Notifications>(host, settings);
  return host::Service{{notifications->service.Table()}, notifications};
}

}  // namespace scharnier::notifications
