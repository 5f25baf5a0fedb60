#include "common/rpc/health.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/health_check_service_interface.h>

#include <utility>

#include "absl/synchronization/mutex.h"
#include "common/errors/macros.h"
#include "common/rpc/listen.h"
#include "common/runtime/log.h"

namespace scharnier::rpc {
namespace {

constexpr char kLiveness[] = "liveness";

class GrpcHealthServer final : public HealthServer {
 public:
  absl::Status Listen(const std::string& address) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    // gRPC starts no server without a service, and does not count its own of health.
    builder.RegisterCallbackGenericService(&unimplemented_);
    ASSIGN_OR_RETURN(listening_, rpc::Listen(builder, address, grpc::InsecureServerCredentials(),
                                             /*reflection=*/false));
    // gRPC says SERVING from the first moment.
    Set(false);
    service().SetServingStatus(kLiveness, true);
    return absl::OkStatus();
  }
  // Health is watched by streams, which would keep the server waiting.
  ~GrpcHealthServer() override {
    if (listening_.server != nullptr) {
      listening_.server->Shutdown(absl::ToChronoTime(absl::Now()));
    }
  }

  int port() const override { return listening_.port; }

  void Report(const absl::Status& ready) override {
    absl::MutexLock lock(&mutex_);
    if (ended_ || (reported_ && ready.ok() == serving_)) {
      return;
    }
    reported_ = true;
    serving_ = ready.ok();
    Set(serving_);
    if (serving_) {
      log::Info("serving");
    } else {
      log::Warning("not serving", {{"reason", std::string(ready.message())}});
    }
  }

  void End(const std::string& reason) override {
    absl::MutexLock lock(&mutex_);
    if (!std::exchange(ended_, true)) {
      Set(false);
      log::Info("not serving", {{"reason", reason}});
    }
  }

 private:
  grpc::HealthCheckServiceInterface& service() {
    return *listening_.server->GetHealthCheckService();
  }
  // What is answered to who names no service.
  void Set(bool serving) { service().SetServingStatus("", serving); }

  grpc::CallbackGenericService unimplemented_;
  Listening listening_{};
  absl::Mutex mutex_;
  bool reported_ = false, serving_ = false, ended_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HealthServer>> HealthServer::Start(const std::string& address) {
  auto server = std::make_unique<GrpcHealthServer>();
  RETURN_IF_ERROR(server->Listen(address));
  return server;
}

}  // namespace scharnier::rpc
