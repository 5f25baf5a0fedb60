// File: identity.h
// Who a caller says they are: the header `x-scharnier-caller`, believed only under
// `--insecure-identity`.
//
//   person an.peeters@example.org    staff devos    register-officer devos    operator piet
//   team reporting                   service notifications

#ifndef SCHARNIER_COMMON_RPC_IDENTITY_H_
#define SCHARNIER_COMMON_RPC_IDENTITY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/runtime/context.h"
#include "common/runtime/keyring.h"

namespace scharnier::rpc {

inline constexpr char kCallerHeader[] = "x-scharnier-caller";

// The caller that the header's values name; without a value, anonymous. A person's subject is their
// person_key. Errors: UNAUTHENTICATED NOT_IDENTIFIED for anything but one well-formed value.
absl::StatusOr<runtime::Caller> CallerFromHeader(const std::vector<std::string>& values,
                                                 const runtime::Keyring& keyring);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_IDENTITY_H_
