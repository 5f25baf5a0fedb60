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

// Whether the caller sees the copy of a proposal that is worked on; others see what was submitted
// last.
inline bool SeesWorkingCopies(const runtime::Caller& caller) {
  return caller.is(options::v1::ROLE_PERSON) || caller.is(options::v1::ROLE_SERVICE);
}

// What of ideas and proposals a caller may see.
struct Viewer {
  // The person for whom only that exists to which their mandates lead; nullopt: all.
  std::optional<std::string> person_key;
  bool contact = true;
  bool answers = true;
};
inline Viewer ViewerOf(const runtime::Caller& caller) {
  Viewer viewer;
  if (caller.is(options::v1::ROLE_PERSON)) {
    viewer.person_key = caller.subject;
  }
  viewer.contact = !caller.is(options::v1::ROLE_TEAM);
  viewer.answers = caller.is(options::v1::ROLE_PERSON) || caller.is(options::v1::ROLE_STAFF);
  return viewer;
}

}  // namespace scharnier::proposals::rules

#endif  // SCHARNIER_SERVICES_PROPOSALS_RULES_ACCESS_H_
