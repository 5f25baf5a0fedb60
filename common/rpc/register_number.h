// File: register_number.h
// Belgian national register numbers in free text. Processing them needs an authorisation that
// nobody here has (law of 8 August 1983, article 8): no field holds one, and text with one is
// refused.

#ifndef SCHARNIER_COMMON_RPC_REGISTER_NUMBER_H_
#define SCHARNIER_COMMON_RPC_REGISTER_NUMBER_H_

#include "absl/strings/string_view.h"

namespace scharnier::rpc {

// Whether valid UTF-8 holds a valid number: year, month and day of birth, serial number and check
// digits, written together or with spaces, dots, hyphens or slashes between these five
// ("85.07.30-033.28"). Numbers of the bis register, whose month is 20 or 40 higher, count too.
bool HasRegisterNumber(absl::string_view text);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_REGISTER_NUMBER_H_
