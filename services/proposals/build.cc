#include "services/proposals/build.h"

#include <memory>
#include <string>

#include "common/directory/directory.h"
#include "common/rpc/client.h"
#include "services/proposals/service.h"

namespace scharnier::proposals {
namespace {

// Destroyed from the last to the first.
struct Proposals {
  Proposals(host::Host& host, const std::string& target)
      : organisations({.target = target, .caller = "service proposals"}),
        directory(host.database, organisations, host.clock),
        service(host, [this](const runtime::Context& ctx, const std::string& name) {
          return directory.Ask(ctx, name);
        }) {}
  // Threads that wait for organisations end at once.
  ~Proposals() { organisations.Shutdown(); }

  rpc::Client organisations;
  directory::Directory directory;
  ProposalsService service;
};

}  // namespace

host::Service Build(host::Host& host, const std::string& organisations) {
  auto proposals = std::make_shared<Proposals>(host, organisations);
  return host::Service{proposals->service.Tables(), proposals};
}

}  // namespace scharnier::proposals
