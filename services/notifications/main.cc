// The notifications service: what happens elsewhere becomes mail.

#include "common/host/host.h"
#include "services/notifications/migrations.sql.h"
#include "services/notifications/notifications.h"
#include "services/notifications/settings.h"

int main(int argc, char** argv) {
  using namespace scharnier;  // NOLINT(google-build-using-namespace): wiring only
  notifications::Settings settings;
  return host::Run(argc, argv,
                   {.name = "notifications",
                    .migrations = notifications::Migrations(),
                    .configure =
                        [&](auto& reader, bool simulated) {
                          settings = notifications::ReadSettings(reader, simulated);
                        },
                    .build = [&](auto& host) { return notifications::Build(host, settings); }});
}
