// File: access.h
// Who may see and do what.

#ifndef SCHARNIER_SERVICES_ORGANISATIONS_RULES_ACCESS_H_
#define SCHARNIER_SERVICES_ORGANISATIONS_RULES_ACCESS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/runtime/context.h"

namespace scharnier::organisations::rules {

// Whether the caller sees how organisations are reached.
inline bool SeesMailboxes(const runtime::Caller& caller) {
  return caller.is(options::v1::ROLE_STAFF) || caller.is(options::v1::ROLE_REGISTER_OFFICER) ||
         caller.is(options::v1::ROLE_SERVICE) || caller.granted_personal();
}

// By which keys the caller holds the mandate of this name: their own, or by an action token that of
// the person to whom it was sent.
inline std::vector<std::string> KeysFor(const runtime::Caller& caller, absl::string_view name) {
  return caller.Opens(identity::v1::ActionToken::PURPOSE_MANDATE, name)
             ? std::vector<std::string>{caller.action->holder()}
             : caller.keys();
}

// The person whose mandates, and those of organisations that they sign for, alone exist for the
// caller who asks for one of this name, or, with none, for several; nullopt sees all.
inline std::optional<std::vector<std::string>> MandatesKnownTo(const runtime::Caller& caller,
                                                               absl::string_view name = "") {
  const bool all = caller.is(options::v1::ROLE_STAFF) ||
                   caller.is(options::v1::ROLE_REGISTER_OFFICER) ||
                   caller.is(options::v1::ROLE_SERVICE);
  // For a role that nobody thought of none exists: nobody gave it one.
  return all ? std::nullopt : std::optional(KeysFor(caller, name));
}

// Whether the caller sees by which key the suite knows the holder of a mandate.
inline bool SeesPersonKeys(const runtime::Caller& caller) {
  return caller.is(options::v1::ROLE_SERVICE);
}

}  // namespace scharnier::organisations::rules

#endif  // SCHARNIER_SERVICES_ORGANISATIONS_RULES_ACCESS_H_
