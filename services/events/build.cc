#include "services/events/build.h"

#include <memory>
#include <string>

#include "common/directory/directory.h"
#include "services/events/service.h"

namespace scharnier::events {
namespace {

// Destroyed from the last to the first.
struct Events {
  Events(host::Host& host, const std::string& organisations)
      : directory(host.database, host.clock, organisations, host.tls),
        service(host, [this](const runtime::Context& ctx, const std::string& asked) {
          return directory.Ask(ctx, asked);
        }) {}

  directory::Directory directory;
  EventsService service;
};

}  // namespace

host::Service Build(host::Host& host, const std::string& organisations) {
  auto events = std::make_shared<Events>(host, organisations);
  return host::Service{events->service.Tables(), events};
}

}  // namespace scharnier::events
