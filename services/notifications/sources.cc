#include "services/notifications/sources.h"

namespace scharnier::notifications {
namespace {

rpc::ClientOptions At(const std::string& target) {
  return {.target = target, .caller = "service notifications"};
}

}  // namespace

Sources::Sources(const SourceTargets& targets)
    : events(At(targets.events)),
      organisations(At(targets.organisations)),
      proposals(At(targets.proposals)) {}

void Sources::Shutdown() {
  events.Shutdown();
  organisations.Shutdown();
  proposals.Shutdown();
}

}  // namespace scharnier::notifications
