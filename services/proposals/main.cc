// The proposals service: calls, ideas and proposals.

#include <string>

#include "common/directory/directory.h"
#include "common/host/host.h"
#include "services/proposals/build.h"
#include "services/proposals/migrations.sql.h"

int main(int argc, char** argv) {
  using namespace scharnier;  // NOLINT(google-build-using-namespace): wiring only
  std::string organisations;
  return host::Run(
      argc, argv,
      {.name = "proposals",
       .migrations = directory::WithDirectory(proposals::Migrations()),
       .configure = [&](auto& reader, bool) { organisations = directory::ReadTarget(reader); },
       .build = [&](auto& host) { return proposals::Build(host, organisations); },
       .action_resources = "proposals/*/invitations/*"});
}
