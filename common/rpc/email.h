// File: email.h
// E-mail addresses, as few of RFC 5321 as real people have, so that none means something else to a
// relay.

#ifndef SCHARNIER_COMMON_RPC_EMAIL_H_
#define SCHARNIER_COMMON_RPC_EMAIL_H_

#include "absl/strings/string_view.h"

namespace scharnier::rpc {

// Whether it is an address: an ASCII local part of at most 64 characters, without quotes, comments
// or routes; a domain of two labels or more, no IP address and without a dot at its end; 254
// characters at most. A domain in another script comes as punycode (xn--…).
bool IsEmail(absl::string_view text);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_EMAIL_H_
