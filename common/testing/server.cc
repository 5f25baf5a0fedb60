#include "common/testing/server.h"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/testing/callers.h"
#include "common/testing/raw_call.h"

namespace scharnier::testing {

TestServer::TestServer(const TestServerOptions& options)
    : clock_(options.now),
      keyring_(runtime::Keyring::Random()),
      executor_(options.threads, options.max_queue),
      authenticator_(Callers::Get().Authenticator(keyring_)) {}

TestServer::~TestServer() { Stop(); }

rpc::ServerOptions TestServer::Options() {
  rpc::ServerOptions options;
  options.tls = Callers::Get().ServerTls();
  return options;
}

void TestServer::Start(std::vector<rpc::ServiceTable> tables, const rpc::ServerOptions& options,
                       std::function<absl::Status()> ready) {
  auto server = rpc::Server::Start(options, std::move(tables), executor_, clock_, *authenticator_,
                                   std::move(ready));
  if (!server.ok()) {
    std::fprintf(stderr, "the test's server does not start: %s\n",
                 server.status().ToString().c_str());
    std::abort();
  }
  server_ = *std::move(server);
}

void TestServer::Stop() {
  server_.reset();
  executor_.Stop();
}

std::string TestServer::address() const { return absl::StrCat("127.0.0.1:", server_->port()); }
std::string TestServer::health_address() const {
  return absl::StrCat("127.0.0.1:", server_->health_port());
}

std::string TestServer::Health(const std::string& service) const {
  // HealthCheckRequest {string service = 1}.
  const std::string request =
      absl::StrCat("\x0a", std::string(1, static_cast<char>(service.size())), service);
  RawCall call(health_address(), "grpc.health.v1.Health/Check", request, {.plaintext = true});
  const std::optional<std::string> answer = call.Read();
  if (!answer.has_value()) {
    return call.Finish().ToString();
  }
  // HealthCheckResponse {ServingStatus status = 1}.
  return *answer == "\x08\x01" ? "SERVING" : *answer == "\x08\x02" ? "NOT_SERVING" : "UNKNOWN";
}

rpc::Client& TestServer::As(const std::string& caller) {
  std::unique_ptr<rpc::Client>& client = clients_[caller];
  if (client == nullptr) {
    client =
        std::make_unique<rpc::Client>(rpc::ClientOptions{.target = address(),
                                                         .tls = Callers::Get().Tls(caller),
                                                         .token = Callers::Get().Token(caller)});
  }
  return *client;
}

}  // namespace scharnier::testing
