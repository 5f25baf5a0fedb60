// File: names.h
// Resource names (AIP-122) by pattern: "sessions/*/registrations/*", each * a UUID.

#ifndef SCHARNIER_COMMON_RPC_NAMES_H_
#define SCHARNIER_COMMON_RPC_NAMES_H_

#include <initializer_list>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace scharnier::rpc {

// Whether a name has the form of the pattern.
bool MatchesName(absl::string_view pattern, absl::string_view name);
// The pattern as people read it: "sessions/{uuid}/registrations/{uuid}".
std::string DescribePattern(absl::string_view pattern);

// The UUIDs of a name, in order. Errors: INVALID_ARGUMENT NAME_INVALID at `field`.
absl::StatusOr<std::vector<std::string>> ParseName(absl::string_view pattern,
                                                   absl::string_view name,
                                                   absl::string_view field = "name");
// The UUIDs of a name that the validator has passed.
std::vector<std::string> NameIds(absl::string_view name);
// FormatName("sessions/*/registrations/*", {session, registration}); an id for every *.
std::string FormatName(absl::string_view pattern, std::initializer_list<absl::string_view> ids);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_NAMES_H_
