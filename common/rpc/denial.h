// File: denial.h
// A call that was refused for who its caller is: PERMISSION_DENIED or UNAUTHENTICATED.

#ifndef SCHARNIER_COMMON_RPC_DENIAL_H_
#define SCHARNIER_COMMON_RPC_DENIAL_H_

#include <string>

#include "absl/status/status.h"
#include "common/runtime/context.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace scharnier::rpc {

struct Denial {
  std::string caller;      // Caller::Id()
  std::string via;         // Caller::via
  std::string key;         // whose denials count together; empty: nobody's
  bool anonymous = false;  // whether the caller is nobody in particular
  std::string method;      // "scharnier.events.v1.SessionService/GetSession"
  std::string reason;      // "ROLE_NOT_ALLOWED"
  std::string request_id;  // empty where the request has none, or was not read
  std::string resource;    // the name in the request; empty likewise
  bool discreet = false;   // tells of what staff may not know (Policy.discreet)
  std::string trace;       // W3C traceparent
};

bool IsDenial(const absl::Status& status);

// `request` is null where the call was denied before its request was read.
Denial DenialOf(const runtime::Context& ctx, const std::string& address,
                const google::protobuf::MethodDescriptor& method,
                const google::protobuf::Message* request, const absl::Status& status);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_DENIAL_H_
