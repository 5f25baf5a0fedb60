// File: access.h
// Who may see what: the predicates that the SQL of every read takes.

#ifndef SCHARNIER_SERVICES_EVENTS_RULES_ACCESS_H_
#define SCHARNIER_SERVICES_EVENTS_RULES_ACCESS_H_

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/runtime/context.h"

namespace scharnier::events::rules {

// Whether drafts exist for the caller: for staff alone.
inline bool SeesDrafts(const runtime::Caller& caller) { return caller.is(options::v1::ROLE_STAFF); }

// Whether a series lies within the grant of a team, for callers who are or come through one.
inline bool IsGranted(const runtime::Caller& caller, const std::string& series) {
  const auto granted = caller.granted_calls();
  return !granted.has_value() ||
         std::find(granted->begin(), granted->end(), series) != granted->end();
}

// Which registrations exist for a caller, and what they see of their own.
struct Viewer {
  std::optional<std::vector<std::string>> keys;    // whose alone exist; nullopt: all
  std::optional<std::string> address_key;          // of the address to which an action token went
  std::optional<std::vector<std::string>> series;  // ids of those that a team's grant names
  bool answers = false;                            // those of their own registrations
};

// For a caller who asks for one of this name, or, with none, for several.
inline Viewer ViewerOf(const runtime::Caller& caller, absl::string_view name = "") {
  Viewer viewer;
  if (caller.is(options::v1::ROLE_STAFF) || caller.is(options::v1::ROLE_SERVICE)) {
    return viewer;
  }
  // For a role that nobody thought of nothing exists: it registers nobody.
  viewer.keys = caller.keys();
  if (caller.Opens(identity::v1::ActionToken::PURPOSE_REGISTRATION, name)) {
    viewer.address_key = caller.action->holder();
  }
  // What people answer is no team's business, whoever it acts for.
  viewer.answers = !caller.through_team();
  if (const auto granted = caller.granted_calls(); granted.has_value()) {
    viewer.series.emplace();
    for (absl::string_view series : *granted) {
      if (absl::ConsumePrefix(&series, "series/")) {
        viewer.series->emplace_back(series);
      }
    }
  }
  return viewer;
}

}  // namespace scharnier::events::rules

#endif  // SCHARNIER_SERVICES_EVENTS_RULES_ACCESS_H_
