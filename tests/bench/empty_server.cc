// The baseline of every read: SessionService with methods that do nothing, behind the same adapter,
// policy, validation and executor as the real one.
//
//   bench_empty_server 127.0.0.1:15000 127.0.0.1:15001 [CERTIFICATE KEY CA]
//
// serves, and its health, until SIGTERM; without the three files in plaintext. Callers are
// anonymous.

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/identity/grants.h"
#include "common/identity/key_source.h"
#include "common/identity/verifier.h"
#include "common/rpc/identity.h"
#include "common/rpc/server.h"
#include "common/rpc/service_table.h"
#include "common/runtime/clock.h"
#include "common/runtime/executor.h"
#include "common/runtime/keyring.h"
#include "common/runtime/process.h"
#include "scharnier/events/v1/session_service.pb.h"

namespace scharnier {
namespace {

namespace v1 = events::v1;

constexpr int kThreads = 16;  // as the services have by default

rpc::ServiceTable EmptySessionService() {
  rpc::ServiceTable table("scharnier.events.v1.SessionService");
  table.Unary<v1::GetSessionRequest, v1::Session>("GetSession",
                                                  [](auto&, auto&) { return v1::Session(); });
  table.Unary<v1::CreateSessionRequest, v1::Session>("CreateSession",
                                                     [](auto&, auto&) { return v1::Session(); });
  table.Unary<v1::UpdateSessionRequest, v1::Session>("UpdateSession",
                                                     [](auto&, auto&) { return v1::Session(); });
  table.Unary<v1::PublishSessionRequest, v1::Session>("PublishSession",
                                                      [](auto&, auto&) { return v1::Session(); });
  table.Unary<v1::ListSessionsRequest, v1::ListSessionsResponse>(
      "ListSessions", [](auto&, auto&) { return v1::ListSessionsResponse(); });
  return table;
}

int Serve(const std::string& address, const std::string& health_address,
          const std::optional<rpc::TlsFiles>& tls) {
  runtime::BlockSignals();
  const auto clock = runtime::MakeClock("");
  rpc::ServerOptions options;
  options.address = address;
  options.health_address = health_address;
  options.tls = tls;
  runtime::Executor executor(kThreads, options.max_in_flight);
  const runtime::Keyring keyring = runtime::Keyring::Random();
  std::vector<rpc::ServiceTable> tables;
  tables.push_back(EmptySessionService());
  identity::KeySource no_keys({.fetch = [] { return absl::UnavailableError("no issuer"); }});
  identity::TokenVerifier verifier({}, no_keys);
  const auto no_grants = identity::Grants::Open("");
  const rpc::Authenticator nobody(
      verifier, **no_grants, "", "", keyring,
      [](const std::string&, absl::Time) { return absl::InfinitePast(); });
  auto server = rpc::Server::Start(options, std::move(tables), executor, **clock, nobody,
                                   [] { return absl::OkStatus(); });
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.status().ToString().c_str());
    return 1;
  }
  runtime::WaitForShutdown();
  (*server)->Drain();
  return 0;
}

}  // namespace
}  // namespace scharnier

int main(int argc, char** argv) {
  if (argc != 3 && argc != 6) {
    std::fprintf(stderr, "usage: bench_empty_server ADDRESS HEALTH_ADDRESS [CERTIFICATE KEY CA]\n");
    return 2;
  }
  std::optional<scharnier::rpc::TlsFiles> tls;
  if (argc == 6) {
    tls = {.certificate = argv[3], .key = argv[4], .ca = argv[5]};
  }
  return scharnier::Serve(argv[1], argv[2], tls);
}
