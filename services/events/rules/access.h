// File: access.h
// Who may see what: the predicates that the SQL of every read takes.

#ifndef SCHARNIER_SERVICES_EVENTS_RULES_ACCESS_H_
#define SCHARNIER_SERVICES_EVENTS_RULES_ACCESS_H_

#include <optional>
#include <string>

#include "common/runtime/context.h"

namespace scharnier::events::rules {

// Whether drafts exist for the caller: for staff alone.
inline bool SeesDrafts(const runtime::Caller& caller) { return caller.is(options::v1::ROLE_STAFF); }

// The person whose registrations alone exist for the caller; nullopt sees all.
inline std::optional<std::string> OwnRegistrationsOf(const runtime::Caller& caller) {
  return caller.is(options::v1::ROLE_PERSON) ? std::optional<std::string>(caller.subject)
                                             : std::nullopt;
}

}  // namespace scharnier::events::rules

#endif  // SCHARNIER_SERVICES_EVENTS_RULES_ACCESS_H_
