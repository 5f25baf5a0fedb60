// File: policy.h
// Who may call a method: its option `scharnier.options.v1.policy`. What a caller may see or do to
// which resource is the service's rule.

#ifndef SCHARNIER_COMMON_RPC_POLICY_H_
#define SCHARNIER_COMMON_RPC_POLICY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/rpc/service_table.h"
#include "common/runtime/context.h"
#include "google/protobuf/descriptor.h"

namespace scharnier::rpc {

// Errors: UNAUTHENTICATED NOT_IDENTIFIED for an anonymous caller, PERMISSION_DENIED
// ROLE_NOT_ALLOWED for any other, NOT_GRANTED for a team beyond its grant.
absl::Status CheckPolicy(const google::protobuf::MethodDescriptor& method,
                         const runtime::Caller& caller);

// Whether somebody who was let in before has the same grant now, or none as then: answers go by the
// grant of the call's beginning. Errors: PERMISSION_DENIED NOT_GRANTED.
absl::Status CheckSameGrant(const runtime::Caller& before, const runtime::Caller& now);

// The collection that a method is about, as grants name it: the last one in its HTTP path,
// "registrations"; of a feed with its service, "events/changes".
std::string ResourceOf(const google::protobuf::MethodDescriptor& method);

// Why a server must not serve these tables, one line each: a method without function, policy or
// HTTP path, or a request with a string or a repeated field without a bound. Empty is well.
std::vector<std::string> TableGaps(const std::vector<ServiceTable>& tables);

// The same for one method, but for its function.
std::vector<std::string> MethodGaps(const google::protobuf::MethodDescriptor& method);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_POLICY_H_
