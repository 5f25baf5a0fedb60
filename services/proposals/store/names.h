// File: names.h
// The identifiers in the names of resources.

#ifndef SCHARNIER_SERVICES_PROPOSALS_STORE_NAMES_H_
#define SCHARNIER_SERVICES_PROPOSALS_STORE_NAMES_H_

#include <string>
#include <vector>

#include "absl/strings/str_split.h"

namespace scharnier::proposals::store {

// The first identifier of a name: of "calls/{uuid}/tracks/{uuid}" the call's.
inline std::string FirstId(const std::string& name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  return parts[1];
}

}  // namespace scharnier::proposals::store

#endif  // SCHARNIER_SERVICES_PROPOSALS_STORE_NAMES_H_
