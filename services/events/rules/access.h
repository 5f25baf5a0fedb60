// File: access.h
// Who may see what: the predicates that the SQL of every read takes.

#ifndef SCHARNIER_SERVICES_EVENTS_RULES_ACCESS_H_
#define SCHARNIER_SERVICES_EVENTS_RULES_ACCESS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "common/runtime/context.h"

namespace scharnier::events::rules {

// Whether drafts exist for the caller: for staff alone.
inline bool SeesDrafts(const runtime::Caller& caller) { return caller.is(options::v1::ROLE_STAFF); }

// The person whose registrations alone exist for the caller who asks for one of this name, or, with
// none, for several; nullopt sees all.
inline std::optional<std::string> OwnRegistrationsOf(const runtime::Caller& caller,
                                                     absl::string_view name = "") {
  if (caller.is(options::v1::ROLE_STAFF) || caller.is(options::v1::ROLE_SERVICE)) {
    return std::nullopt;
  }
  // For a role that nobody thought of nothing exists: it registers nobody.
  return caller.Opens(identity::v1::ActionToken::PURPOSE_REGISTRATION, name)
             ? caller.action->holder()
             : caller.subject;
}

}  // namespace scharnier::events::rules

#endif  // SCHARNIER_SERVICES_EVENTS_RULES_ACCESS_H_
