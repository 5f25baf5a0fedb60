// File: access.h
// Who may see what: the predicates that the SQL of every read takes.

#ifndef SCHARNIER_SERVICES_PROPOSALS_RULES_ACCESS_H_
#define SCHARNIER_SERVICES_PROPOSALS_RULES_ACCESS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
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
  // Only that exists to which the mandates of the person with these keys lead; nullopt: all.
  std::optional<std::vector<std::string>> keys;
  // The ids of the calls of which alone something exists; nullopt: all.
  std::optional<std::vector<std::string>> calls;
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
    viewer.keys = caller.keys();
  }
  viewer.contact = person || staff || service || caller.granted_personal();
  viewer.answers = person || staff;
  if (const auto granted = caller.granted_calls(); granted.has_value()) {
    viewer.calls.emplace();
    for (const std::string& name : *granted) {
      if (absl::StartsWith(name, "calls/")) {
        viewer.calls->push_back(name.substr(name.find('/') + 1));
      }
    }
  }
  return viewer;
}

// The organisation whose mailbox got the action token that opens this invitation; nullopt: it does
// not.
inline std::optional<std::string> HolderOf(const runtime::Caller& caller,
                                           absl::string_view invitation) {
  return caller.Opens(identity::v1::ActionToken::PURPOSE_INVITATION, invitation)
             ? std::optional<std::string>(caller.action->holder())
             : std::nullopt;
}

// The invitation that the caller's action token opens, if it came to this organisation.
inline std::optional<std::string> InvitationOf(const runtime::Caller& caller,
                                               const std::string& organisation) {
  if (caller.action == nullptr || HolderOf(caller, caller.action->resource()) != organisation) {
    return std::nullopt;
  }
  return caller.action->resource();
}

}  // namespace scharnier::proposals::rules

#endif  // SCHARNIER_SERVICES_PROPOSALS_RULES_ACCESS_H_
