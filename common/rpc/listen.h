// File: listen.h
// What both gRPC servers of a process have in common.

#ifndef SCHARNIER_COMMON_RPC_LISTEN_H_
#define SCHARNIER_COMMON_RPC_LISTEN_H_

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace scharnier::rpc {

struct Listening {
  std::unique_ptr<grpc::Server> server;
  int port;
};

// Starts what was built, with the limits that hold for every server, and with
// reflection or without. Errors: UNAVAILABLE, saying which address is busy and what to do.
absl::StatusOr<Listening> Listen(grpc::ServerBuilder& builder, const std::string& address,
                                 const std::shared_ptr<grpc::ServerCredentials>& credentials,
                                 bool reflection);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_LISTEN_H_
