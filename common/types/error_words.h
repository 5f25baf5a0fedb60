// File: error_words.h
// Enum values and instants as errors carry them.

#ifndef SCHARNIER_COMMON_TYPES_ERROR_WORDS_H_
#define SCHARNIER_COMMON_TYPES_ERROR_WORDS_H_

#include <string>

#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "google/protobuf/generated_enum_reflection.h"

namespace scharnier::types {

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

}  // namespace scharnier::types

#endif  // SCHARNIER_COMMON_TYPES_ERROR_WORDS_H_
