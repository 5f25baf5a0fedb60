// The events service: series, sessions and registrations.

#include <string>

#include "common/directory/directory.h"
#include "common/host/host.h"
#include "services/events/build.h"
#include "services/events/migrations.sql.h"

int main(int argc, char** argv) {
  using namespace scharnier;  // NOLINT(google-build-using-namespace): wiring only
  std::string organisations;
  return host::Run(
      argc, argv,
      {.name = "events",
       .migrations = directory::WithDirectory(events::Migrations()),
       .configure = [&](auto& reader, bool) { organisations = directory::ReadTarget(reader); },
       .build = [&](auto& host) { return events::Build(host, organisations); },
       .action_resources = "sessions/*/registrations/*"});
}
