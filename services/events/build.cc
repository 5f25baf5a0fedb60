#include "services/events/build.h"

#include <memory>
#include <string>

#include "common/directory/directory.h"
#include "common/rpc/client.h"
#include "services/events/service.h"

namespace scharnier::events {
namespace {

// Destroyed from the last to the first.
struct Events {
  Events(host::Host& host, const std::string& target)
      : organisations({.target = target, .caller = "service events"}),
        directory(host.database, organisations, host.clock),
        service(host, [this](const runtime::Context& ctx, const std::string& name) {
          return directory.Ask(ctx, name);
        }) {}
  // Threads that wait for organisations end at once.
  ~Events() { organisations.Shutdown(); }

  rpc::Client organisations;
  directory::Directory directory;
  EventsService service;
};

}  // namespace

host::Service Build(host::Host& host, const std::string& organisations) {
  auto events = std::make_shared<Events>(host, organisations);
  return host::Service{events->service.Tables(), events};
}

}  // namespace scharnier::events
