// File: health.h
// grpc.health.v1 on a port of its own, in plaintext, with nothing else on it. Service "" is ready
// or not; "liveness" is SERVING as long as the process is there, whatever it waits for.

#ifndef SCHARNIER_COMMON_RPC_HEALTH_H_
#define SCHARNIER_COMMON_RPC_HEALTH_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace scharnier::rpc {

// Thread-safe.
class HealthServer {
 public:
  // NOT_SERVING at first. Errors: UNAVAILABLE when it cannot listen there.
  static absl::StatusOr<std::unique_ptr<HealthServer>> Start(const std::string& address);
  virtual ~HealthServer() = default;  // closes the port

  virtual int port() const = 0;
  // SERVING as long as this is OK; a change is logged with its reason.
  virtual void Report(const absl::Status& ready) = 0;
  // NOT_SERVING for good, because of `reason`.
  virtual void End(const std::string& reason) = 0;
};

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_HEALTH_H_
