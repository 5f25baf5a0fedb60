// File: server.h
// The process' gRPC servers: the API on its main port, and health on a second, plaintext one.
//
// The API speaks TLS and asks clients for a certificate, which they need not have.
//
// Start refuses a table in which a method has no function, no policy, no HTTP path, or a request
// with a string or a repeated field without a bound: FAILED_PRECONDITION naming each.

#ifndef SCHARNIER_COMMON_RPC_SERVER_H_
#define SCHARNIER_COMMON_RPC_SERVER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/denial.h"
#include "common/rpc/identity.h"
#include "common/rpc/limits.h"
#include "common/rpc/service_table.h"
#include "common/rpc/tls_files.h"
#include "common/runtime/clock.h"
#include "common/runtime/executor.h"

namespace scharnier::rpc {

struct ServerOptions {
  std::string address = "127.0.0.1:0";         // the API; port 0 takes a free one
  std::string health_address = "127.0.0.1:0";  // grpc.health.v1 alone
  // Without: plaintext, which only loopback addresses may have.
  std::optional<TlsFiles> tls;
  bool reflection = false;
  LimitOptions limits;
  // Told of each call that is refused for who its caller is, on the call's thread: must not block.
  // May be empty.
  std::function<void(Denial)> denied;
  absl::Duration default_deadline = absl::Seconds(5);   // of a call without one
  absl::Duration maximum_deadline = absl::Seconds(30);  // unary
  absl::Duration longest_stream = absl::Minutes(15);
  absl::Duration idle_stream = absl::Seconds(60);  // how long a client stream may send nothing
  absl::Duration connection_age = absl::Seconds(60);
  absl::Duration drain = absl::Seconds(20);
  int max_in_flight =
      1000;  // admitted calls, queued and running; more are RESOURCE_EXHAUSTED OVERLOADED
  // The process opens a fresh connection to its own main port this often; three failures in a row
  // end it.
  absl::Duration probe_interval = absl::Seconds(10);
  absl::Duration probe_timeout = absl::Seconds(3);
};

class Server {
 public:
  // Listens. Health answers NOT_SERVING until `ready` first returned OK; it is asked every second
  // (and its answer kept that long), so a database that goes away makes the process not ready and
  // nothing else.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       std::vector<ServiceTable> tables,
                                                       runtime::Executor& executor,
                                                       const runtime::Clock& clock,
                                                       const Authenticator& authenticator,
                                                       std::function<absl::Status()> ready);
  virtual ~Server() = default;  // Drain()

  virtual int port() const = 0;
  virtual int health_port() const = 0;
  // Stops taking calls, lets those that run end, within options.drain. Health says NOT_SERVING
  // first.
  virtual void Drain() = 0;
  // Whether the self-probe has given up; main then exits with 1 and is restarted.
  virtual bool deaf() const = 0;
};

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_SERVER_H_
