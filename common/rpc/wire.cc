#include "common/rpc/wire.h"

#include <arpa/inet.h>
#include <grpc/grpc_security_constants.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/errors/errors.h"
#include "google/rpc/status.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {

namespace {

constexpr size_t kNetworkBytes = 8;

}  // namespace

std::string HostOf(const std::string& peer) {
  const size_t begin = peer.find(':') + 1;
  std::string host = peer.substr(begin, peer.rfind(':') - begin);
  const std::string address =
      absl::StrReplaceAll(host, {{"%5B", ""}, {"%5D", ""}, {"[", ""}, {"]", ""}});
  in6_addr bytes{};
  if (inet_pton(AF_INET6, address.substr(0, address.find('%')).c_str(), &bytes) == 1 &&
      !IN6_IS_ADDR_V4MAPPED(&bytes)) {
    std::fill(std::begin(bytes.s6_addr) + kNetworkBytes, std::end(bytes.s6_addr), 0);
    char text[INET6_ADDRSTRLEN];
    host = inet_ntop(AF_INET6, &bytes, text, sizeof(text));
  }
  return host;
}

Arrival ReadArrival(const grpc::CallbackServerContext& context) {
  Arrival arrival;
  // gRPC says "none" with the largest time point, and what lies beyond that wraps around: nobody
  // asks for a time that has long passed.
  const auto long_ago = std::chrono::system_clock::now() - std::chrono::hours(1);
  if (context.deadline() != std::chrono::system_clock::time_point::max() &&
      context.deadline() > long_ago) {
    arrival.deadline = absl::FromChrono(context.deadline());
  }
  const auto& metadata = context.client_metadata();
  const auto [first, last] = metadata.equal_range(kAuthorizationHeader);
  for (auto it = first; it != last; ++it) {
    arrival.credentials.authorization.emplace_back(it->second.data(), it->second.size());
  }
  if (const auto peer = context.auth_context(); peer != nullptr) {
    arrival.credentials.certified =
        !peer->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME).empty();
    // gRPC gives it only for a certificate with exactly one URI.
    for (const grpc::string_ref& id : peer->FindPropertyValues(GRPC_PEER_SPIFFE_ID_PROPERTY_NAME)) {
      arrival.credentials.peer.assign(id.data(), id.size());
    }
  }
  arrival.address = HostOf(context.peer());
  if (const auto trace = metadata.find(kTraceHeader); trace != metadata.end()) {
    arrival.traceparent.assign(trace->second.data(), trace->second.size());
  }
  return arrival;
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) {
    return grpc::Status::OK;
  }
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
                      errors::ToProto(status).SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status, const std::string& method) {
  google::rpc::Status proto;
  if (!status.error_details().empty() && proto.ParseFromString(status.error_details()) &&
      proto.code() == static_cast<int>(status.error_code())) {
    return errors::FromProto(proto);
  }
  const std::string service = method.substr(0, method.find('/'));
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return errors::Error(types::v1::ERROR_REASON_DEPENDENCY_AWAY,
                           absl::StrCat(service, " cannot be reached"))
          .With("dependency", service)
          .RetryAfter(absl::Seconds(1));
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return errors::Error(types::v1::ERROR_REASON_DEADLINE_PASSED,
                           absl::StrCat(service, " did not answer in time"));
    case grpc::StatusCode::CANCELLED:
      return errors::Error(types::v1::ERROR_REASON_CALL_CANCELLED, "the call was cancelled");
    default:
      return errors::Error(types::v1::ERROR_REASON_INTERNAL_FAULT,
                           absl::StrCat(method, " cannot be called"))
          .With("grpc_code",
                absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code())));
  }
}

bool Serialise(const google::protobuf::Message& message, grpc::ByteBuffer& bytes) {
  bytes.Clear();  // gRPC ends the process over one that holds something
  bool own = false;
  return message.ByteSizeLong() <= kMaxResponseBytes &&
         grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::Message>(message, &bytes,
                                                                                    &own)
             .ok();
}

bool Parse(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  grpc::ByteBuffer copy = bytes;  // shares the memory
  return copy.Valid() &&
         grpc::GenericDeserialize<grpc::ProtoBufferReader, google::protobuf::Message>(&copy,
                                                                                      &message)
             .ok();
}

}  // namespace scharnier::rpc
