// File: names.h
// Enum values and instants as errors carry them.

#ifndef SCHARNIER_SERVICES_PROPOSALS_RULES_NAMES_H_
#define SCHARNIER_SERVICES_PROPOSALS_RULES_NAMES_H_

#include <string>

#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "google/protobuf/generated_enum_reflection.h"

namespace scharnier::proposals::rules {

// "DRAFT", of STATE_DRAFT.
template <class State>
std::string StateName(State state) {
  const std::string& name =
      google::protobuf::GetEnumDescriptor<State>()->FindValueByNumber(state)->name();
  return std::string(absl::StripPrefix(name, "STATE_"));
}

// "2021-04-15T22:00:00Z".
inline std::string Rfc3339(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", time, absl::UTCTimeZone());
}

}  // namespace scharnier::proposals::rules

#endif  // SCHARNIER_SERVICES_PROPOSALS_RULES_NAMES_H_
