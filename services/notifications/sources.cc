#include "services/notifications/sources.h"

namespace scharnier::notifications {
Sources::Sources(const SourceTargets& targets, const std::optional<rpc::TlsFiles>& tls)
    : events({.target = targets.events, .tls = tls}),
      organisations({.target = targets.organisations, .tls = tls}),
      proposals({.target = targets.proposals, .tls = tls}) {}

void Sources::Shutdown() {
  events.Shutdown();
  organisations.Shutdown();
  proposals.Shutdown();
}

}  // namespace scharnier::notifications
