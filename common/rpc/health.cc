#include "common/rpc/health.h"

#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/health_check_service_interface.h>

#include <utility>

#include "absl/synchronization/mutex.h"
#include "common/errors/macros.h"
#include "common/rpc/listen.h"
#include "common/runtime/log.h"

namespace scharnier::rpc {
namespace {

class GrpcHealthServer final : public HealthServer {
 public:
  explicit GrpcHealthServer(Listening listening) : listening_(std::move(listening)) {
    // gRPC says SERVING from the first moment.
    service().SetServingStatus(false);
  }
  // Health is watched by streams, which would keep the server waiting.
  ~GrpcHealthServer() override { listening_.server->Shutdown(absl::ToChronoTime(absl::Now())); }

  int port() const override { return listening_.port; }

  void Report(const absl::Status& ready) override {
    absl::MutexLock lock(&mutex_);
    if (ended_ || (reported_ && ready.ok() == serving_)) {
      return;
    }
    reported_ = true;
    serving_ = ready.ok();
    service().SetServingStatus(serving_);
    if (serving_) {
      log::Info("serving");
    } else {
      log::Warning("not serving", {{"reason", std::string(ready.message())}});
    }
  }

  void End(const std::string& reason) override {
    absl::MutexLock lock(&mutex_);
    if (!std::exchange(ended_, true)) {
      service().SetServingStatus(false);
      log::Info("not serving", {{"reason", reason}});
    }
  }

 private:
  grpc::HealthCheckServiceInterface& service() {
    return *listening_.server->GetHealthCheckService();
  }

  Listening listening_;
  absl::Mutex mutex_;
  bool reported_ = false, serving_ = false, ended_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HealthServer>> HealthServer::Start(const std::string& address) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  ASSIGN_OR_RETURN(Listening listening, Listen(builder, address, /*reflection=*/false));
  return std::make_unique<GrpcHealthServer>(std::move(listening));
}

}  // namespace scharnier::rpc
