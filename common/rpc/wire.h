// File: wire.h
// Headers, messages and statuses as gRPC carries them.

#ifndef SCHARNIER_COMMON_RPC_WIRE_H_
#define SCHARNIER_COMMON_RPC_WIRE_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "common/rpc/call.h"
#include "google/protobuf/message.h"

namespace scharnier::rpc {

inline constexpr char kAuthorizationHeader[] = "authorization";
inline constexpr char kTraceHeader[] = "traceparent";
inline constexpr int kMaxRequestBytes = 1 << 20;
inline constexpr int kMaxResponseBytes = 4 << 20;

// The host of gRPC's name for a peer: "192.0.2.1" of "ipv4:192.0.2.1:50051"; of
// "ipv6:%5B2001:db8::1%5D:50051" its network of 64 bits, "2001:db8::", since one host has all
// addresses of that (RFC 4291, 2.5.4).
std::string HostOf(const std::string& peer);

Arrival ReadArrival(const grpc::CallbackServerContext& context);

// With the details as trailing metadata.
grpc::Status ToGrpc(const absl::Status& status);

// The status of a call that did not end well, with its details. What gRPC itself found gets a
// reason of ours: UNAVAILABLE DEPENDENCY_AWAY, DEADLINE_EXCEEDED DEADLINE_PASSED, CANCELLED
// CALL_CANCELLED, anything else INTERNAL INTERNAL_FAULT, since it is between our programs and not
// the caller's doing. `method` is only named.
absl::Status FromGrpc(const grpc::Status& status, const std::string& method);

// Replaces the content of `bytes`. False when the message is larger than kMaxResponseBytes.
bool Serialise(const google::protobuf::Message& message, grpc::ByteBuffer& bytes);
// False when the bytes are no such message, or there are none.
bool Parse(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_WIRE_H_
