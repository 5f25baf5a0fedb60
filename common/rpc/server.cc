#include "common/rpc/server.h"

#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/resource_quota.h>

#include <atomic>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/errors/macros.h"
#include "common/rpc/adapter.h"
#include "common/rpc/health.h"
#include "common/rpc/library_log.h"
#include "common/rpc/listen.h"
#include "common/rpc/policy.h"
#include "common/rpc/probe.h"
#include "common/rpc/ticker.h"
#include "common/rpc/tls.h"
#include "common/rpc/wire.h"
#include "common/runtime/log.h"
#include "common/runtime/metrics.h"
#include "common/runtime/process.h"

namespace scharnier::rpc {
namespace {

bool IsLoopback(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  return host == "localhost" || host == "[::1]" || absl::StartsWith(host, "127.");
}

constexpr absl::Duration kReadyInterval = absl::Seconds(1);
// Until the process has been ready once, so that a start takes no longer than it has to.
constexpr absl::Duration kFirstReadyInterval = absl::Milliseconds(50);

class GrpcServer final : public Server {
 public:
  GrpcServer(const ServerOptions& options, std::vector<ServiceTable> tables,
             runtime::Executor& executor, const runtime::Clock& clock,
             const Authenticator& authenticator)
      : options_(options),
        tables_(std::move(tables)),
        limits_(options.limits),
        environment_{.options = options_,
                     .executor = executor,
                     .clock = clock,
                     .authenticator = authenticator,
                     .limits = limits_} {}
  ~GrpcServer() override { Drain(); }

  absl::Status Listen();
  void Watch(std::function<absl::Status()> ready);

  int port() const override { return api_.port; }
  int health_port() const override { return health_->port(); }
  void Drain() override;
  bool deaf() const override { return probe_ != nullptr && probe_->deaf(); }

 private:
  absl::Duration CheckReady(const std::function<absl::Status()>& ready);
  std::string OwnAddress() const;

  const ServerOptions options_;
  const std::vector<ServiceTable> tables_;
  Limits limits_;
  CallEnvironment environment_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  Listening api_{};
  std::unique_ptr<HealthServer> health_;
  bool was_ready_ = false;
  bool drained_ = false;
  std::unique_ptr<Ticker> readiness_;
  std::unique_ptr<SelfProbe> probe_;
};

absl::Status GrpcServer::Listen() {
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.SetMaxSendMessageSize(kMaxResponseBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                             static_cast<int>(absl::ToInt64Milliseconds(options_.connection_age)));
  // New calls move to a new connection; streams end by themselves.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                             static_cast<int>(absl::ToInt64Milliseconds(options_.longest_stream)));
  grpc::ResourceQuota quota("api");
  quota.Resize(128 << 20).SetMaxThreads(32);
  builder.SetResourceQuota(quota);
  // Health has a server of its own.
  builder.SetOption(std::make_unique<grpc::HealthCheckServiceServerBuilderOption>(nullptr));
  for (const ServiceTable& table : tables_) {
    services_.push_back(MakeService(table, environment_));
    builder.RegisterService(services_.back().get());
  }
  ASSIGN_OR_RETURN(api_, rpc::Listen(builder, options_.address, ServerCredentials(options_.tls),
                                     options_.reflection));
  ASSIGN_OR_RETURN(health_, HealthServer::Start(options_.health_address));
  return absl::OkStatus();
}

void GrpcServer::Watch(std::function<absl::Status()> ready) {
  readiness_ =
      std::make_unique<Ticker>([this, ready = std::move(ready)] { return CheckReady(ready); });
  probe_ = std::make_unique<SelfProbe>(
      options_.probe_interval,
      [address = OwnAddress(), tls = options_.tls.has_value(), timeout = options_.probe_timeout] {
        return CanConnect(address, tls, timeout);
      },
      [this] {
        health_->End("the own port is deaf");
        runtime::RequestShutdown();
      });
}

absl::Duration GrpcServer::CheckReady(const std::function<absl::Status()>& ready) {
  static auto& queued = metrics::Gauge("executor_queued", "Tasks that wait for a thread", {});
  static auto& in_flight = metrics::Gauge("grpc_server_in_flight", "Calls being handled", {});
  queued.Set({}, environment_.executor.queued());
  in_flight.Set({}, environment_.in_flight.load());
  if (options_.tls.has_value()) {
    static auto& end = metrics::Gauge("tls_certificate_expiry_timestamp_seconds",
                                      "End of the own certificate, in seconds since 1970", {});
    if (const auto found = CertificateEnd(options_.tls->certificate); found.has_value()) {
      end.Set({}, static_cast<double>(absl::ToUnixSeconds(*found)));
    }
  }
  const absl::Status status = ready();
  health_->Report(status);
  if (status.ok() && !was_ready_) {
    was_ready_ = true;
    log::Info("ready",
              {{"port", absl::StrCat(port())}, {"health_port", absl::StrCat(health_port())}});
  }
  return was_ready_ ? kReadyInterval : kFirstReadyInterval;
}

std::string GrpcServer::OwnAddress() const {
  return absl::StrCat(options_.address.substr(0, options_.address.rfind(':')), ":", port());
}

void GrpcServer::Drain() {
  if (std::exchange(drained_, true) || api_.server == nullptr) {
    return;
  }
  if (probe_ != nullptr) {
    probe_->Stop();
    readiness_->Stop();
  }
  if (health_ != nullptr) {
    health_->End("draining");
  }
  environment_.draining.store(true);
  api_.server->Shutdown(absl::ToChronoTime(absl::Now() + options_.drain));
  api_.server->Wait();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      std::vector<ServiceTable> tables,
                                                      runtime::Executor& executor,
                                                      const runtime::Clock& clock,
                                                      const Authenticator& authenticator,
                                                      std::function<absl::Status()> ready) {
  RouteLibraryLogs();
  if (!options.tls.has_value() && !IsLoopback(options.address)) {
    return absl::FailedPreconditionError(
        absl::StrCat("plaintext is for loopback alone, not for ", options.address));
  }
  const std::vector<std::string> gaps = TableGaps(tables);
  if (!gaps.empty()) {
    return absl::FailedPreconditionError(absl::StrJoin(gaps, "\n"));
  }
  auto server =
      std::make_unique<GrpcServer>(options, std::move(tables), executor, clock, authenticator);
  RETURN_IF_ERROR(server->Listen());
  server->Watch(std::move(ready));
  return server;
}

}  // namespace scharnier::rpc
