// File: access.h
// Who may see and do what.

#ifndef SCHARNIER_SERVICES_ORGANISATIONS_RULES_ACCESS_H_
#define SCHARNIER_SERVICES_ORGANISATIONS_RULES_ACCESS_H_

#include <optional>
#include <string>
#include <vector>

#include "common/runtime/context.h"

namespace scharnier::organisations::rules {

// Whether the caller sees how organisations are reached.
inline bool SeesMailboxes(const runtime::Caller& caller) {
  return caller.is(options::v1::ROLE_STAFF) || caller.is(options::v1::ROLE_REGISTER_OFFICER) ||
         caller.is(options::v1::ROLE_SERVICE) || caller.granted_personal();
}

// The person whose mandates, and those of organisations that they sign for, alone exist for the
// caller; nullopt sees all.
inline std::optional<std::vector<std::string>> MandatesKnownTo(const runtime::Caller& caller) {
  return caller.is(options::v1::ROLE_PERSON) ? std::optional(caller.keys()) : std::nullopt;
}

// Whether the caller sees by which key the suite knows the holder of a mandate.
inline bool SeesPersonKeys(const runtime::Caller& caller) {
  return caller.is(options::v1::ROLE_SERVICE);
}

}  // namespace scharnier::organisations::rules

#endif  // SCHARNIER_SERVICES_ORGANISATIONS_RULES_ACCESS_H_
