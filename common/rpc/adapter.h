// File: adapter.h
// Turns a table of methods into a gRPC service over raw bytes: with generated, typed methods gRPC
// answers malformed bytes by itself, before any of our code runs, with UNIMPLEMENTED and no text.

#ifndef SCHARNIER_COMMON_RPC_ADAPTER_H_
#define SCHARNIER_COMMON_RPC_ADAPTER_H_

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "common/rpc/call.h"
#include "common/rpc/service_table.h"

namespace scharnier::rpc {

// Table and environment have to outlive the service, and the service its server.
std::unique_ptr<grpc::Service> MakeService(const ServiceTable& table, CallEnvironment& environment);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_ADAPTER_H_
