// File: client.h
// Calls to another service: over raw bytes like the server, with a deadline, a trace and our
// identity on every call.
//
//   ASSIGN_OR_RETURN(auto session, events.Call<pb::Session>(ctx,
//   "scharnier.events.v1.SessionService/GetSession", request));

#ifndef SCHARNIER_COMMON_RPC_CLIENT_H_
#define SCHARNIER_COMMON_RPC_CLIENT_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/tls_files.h"
#include "common/runtime/context.h"
#include "google/protobuf/message.h"

namespace scharnier::rpc {

struct ClientOptions {
  std::string target;                // "127.0.0.1:50051", "dns:///events:50051"
  std::optional<TlsFiles> tls = {};  // our certificate says who we are; without: plaintext
  // Whose access token goes with every call; empty: nobody's.
  std::string token = {};
  absl::Duration timeout = absl::Seconds(2);  // of a call; never longer than the context has left
  int attempts = 3;  // on UNAVAILABLE, with jitter, within the timeout: every call is safe to
                     // repeat (reads, request_id)
};

// Thread-safe. Balances over all addresses of the target.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();

  // Blocks. Errors: the service's own, with their details; UNAVAILABLE DEPENDENCY_AWAY when it
  // cannot be reached.
  template <class Response>
  absl::StatusOr<Response> Call(const runtime::Context& ctx, const std::string& method,
                                const google::protobuf::Message& request) {
    return Call<Response>(ctx, method, request, absl::InfiniteDuration());
  }
  // With another timeout, such as for a long poll.
  template <class Response>
  absl::StatusOr<Response> Call(const runtime::Context& ctx, const std::string& method,
                                const google::protobuf::Message& request, absl::Duration timeout) {
    Response response;
    absl::Status status = CallRaw(ctx, method, request, timeout, response);
    if (!status.ok()) {
      return status;
    }
    return response;
  }

  // Ends calls that wait, with CANCELLED, and refuses new ones: before threads that call are
  // joined.
  void Shutdown();

 private:
  absl::Status CallRaw(const runtime::Context& ctx, const std::string& method,
                       const google::protobuf::Message& request, absl::Duration timeout,
                       google::protobuf::Message& response);
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_CLIENT_H_
