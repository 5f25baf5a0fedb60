// The events service: series, sessions and registrations.

#include <memory>

#include "common/host/host.h"
#include "services/events/migrations.sql.h"
#include "services/events/service.h"

int main(int argc, char** argv) {
  using namespace scharnier;  // NOLINT(google-build-using-namespace): wiring only
  return host::Run(argc, argv,
                   {.name = "events",
                    .migrations = events::Migrations(),
                    .configure = {},
                    .build = [](host::Host& host) {
                      auto service = std::make_shared<events::EventsService>(host);
                      return host::Service{service->Tables(), service};
                    }});
}
