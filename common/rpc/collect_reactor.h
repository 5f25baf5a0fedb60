// File: collect_reactor.h
// A client stream on gRPC's callback API: each of its messages is one task of the executor, and no
// thread waits for the next one.

#ifndef SCHARNIER_COMMON_RPC_COLLECT_REACTOR_H_
#define SCHARNIER_COMMON_RPC_COLLECT_REACTOR_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "common/rpc/call.h"
#include "common/rpc/service_table.h"

namespace scharnier::rpc {

// Begins to take a stream; the reactor deletes itself when gRPC is done with it. A caller who sends
// nothing for `idle_stream` is refused with DEADLINE_EXCEEDED DEADLINE_PASSED, and so is one who
// takes longer than the longest stream; what was taken stays taken. Initial metadata is sent as
// soon as the stream is let in.
grpc::ServerReadReactor<grpc::ByteBuffer>* StartCollecting(
    CallEnvironment& environment, const ServiceTable::Method& method,
    const grpc::CallbackServerContext& context, grpc::ByteBuffer& response);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_COLLECT_REACTOR_H_
