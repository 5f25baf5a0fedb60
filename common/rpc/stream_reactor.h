// File: stream_reactor.h
// A server stream on gRPC's callback API: every slice of it is one task of the executor, and none
// waits there.

#ifndef SCHARNIER_COMMON_RPC_STREAM_REACTOR_H_
#define SCHARNIER_COMMON_RPC_STREAM_REACTOR_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "common/rpc/call.h"
#include "common/rpc/service_table.h"

namespace scharnier::rpc {

// Begins a stream; the reactor deletes itself when gRPC is done with it. A stream ends well, for
// its caller to go on with the last cursor, when its method says so, at the longest duration of a
// stream, and when the server drains.
grpc::ServerWriteReactor<grpc::ByteBuffer>* StartStream(CallEnvironment& environment,
                                                        const ServiceTable::Method& method,
                                                        const grpc::CallbackServerContext& context,
                                                        const grpc::ByteBuffer& request);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_STREAM_REACTOR_H_
