// The organisations service: who is who, and who may act for whom.

#include <memory>

#include "common/host/host.h"
#include "services/organisations/migrations.sql.h"
#include "services/organisations/service.h"

int main(int argc, char** argv) {
  using namespace scharnier;  // NOLINT(google-build-using-namespace): wiring only
  return host::Run(argc, argv,
                   {.name = "organisations",
                    .migrations = organisations::Migrations(),
                    .configure = {},
                    .build =
                        [](host::Host& host) {
                          auto service =
                              std::make_shared<organisations::OrganisationsService>(host);
                          return host::Service{service->Tables(), service};
                        },
                    .action_resources = "organisations/*/mandates/*"});
}
