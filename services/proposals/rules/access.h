// File: access.h
// Who may see what: the predicates that the SQL of every read takes.

#ifndef SCHARNIER_SERVICES_PROPOSALS_RULES_ACCESS_H_
#define SCHARNIER_SERVICES_PROPOSALS_RULES_ACCESS_H_

#include <optional>
#include <string>

#include "common/runtime/context.h"

namespace scharnier::proposals::rules {

// Whether drafts of calls exist for the caller: for staff alone.
inline bool SeesDrafts(const runtime::Caller& caller) { return caller.is(options::v1::ROLE_STAFF); }

// Whether the caller sees the copy of a proposal that is worked on, if it exists for them; others
// see what was submitted last.
inline bool SeesWorkingCopies(const runtime::Caller& caller) {
  return !caller.is(options::v1::ROLE_STAFF) && !caller.is(options::v1::ROLE_TEAM);
}

// What of ideas and proposals a caller may see; without more ado, what the service itself does.
struct Viewer {
  // Only that exists to which this person's mandates lead; nullopt: all.
  std::optional<std::string> person_key;
  bool contact = true;
  bool answers = true;
};
inline Viewer ViewerOf(const runtime::Caller& caller) {
  const bool person = caller.is(options::v1::ROLE_PERSON),
             staff = caller.is(options::v1::ROLE_STAFF),
             service = caller.is(options::v1::ROLE_SERVICE);
  Viewer viewer;
  // For a role that nobody thought of nothing exists: it has no mandates.
  if (!staff && !service && !caller.is(options::v1::ROLE_TEAM)) {
    viewer.person_key = caller.subject;
  }
  viewer.contact = person || staff || service;
  viewer.answers = person || staff;
  return viewer;
}

}  // namespace scharnier::proposals::rules

#endif  // SCHARNIER_SERVICES_PROPOSALS_RULES_ACCESS_H_
