// File: names.h
// Resource names (AIP-122) by pattern: "sessions/*/registrations/*", each * a UUID;
// "proposals/*/receipts/#", each # a number from 1.

#ifndef SCHARNIER_COMMON_RPC_NAMES_H_
#define SCHARNIER_COMMON_RPC_NAMES_H_

#include <initializer_list>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace scharnier::rpc {

// Whether a name has the form of the pattern.
bool MatchesName(absl::string_view pattern, absl::string_view name);
// The pattern as people read it: "sessions/{uuid}/registrations/{uuid}",
// "proposals/{uuid}/receipts/{number}".
std::string DescribePattern(absl::string_view pattern);

// The UUIDs and numbers of a name that the validator has passed, in order.
std::vector<std::string> NameIds(absl::string_view name);
// FormatName("sessions/*/registrations/*", {session, registration}); an id for
// every * and #.
std::string FormatName(absl::string_view pattern, std::initializer_list<absl::string_view> ids);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_NAMES_H_
