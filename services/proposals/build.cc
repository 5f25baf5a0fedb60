#include "services/proposals/build.h"

#include <memory>
#include <string>

#include "common/directory/directory.h"
#include "services/proposals/service.h"

namespace scharnier::proposals {
namespace {

// Destroyed from the last to the first.
struct Proposals {
  Proposals(host::Host& host, const std::string& organisations)
      : directory(host.database, host.clock, organisations, host.tls),
        service(
            host,
            [this](const runtime::Context& ctx, const std::string& asked) {
              return directory.Ask(ctx, asked);
            },
            [this](const runtime::Context& ctx) { return directory.AskMandates(ctx); }) {}

  directory::Directory directory;
  ProposalsService service;
};

}  // namespace

host::Service Build(host::Host& host, const std::string& organisations) {
  auto proposals = std::make_shared<Proposals>(host, organisations);
  return host::Service{proposals->service.Tables(), proposals};
}

}  // namespace scharnier::proposals
