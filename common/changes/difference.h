// File: difference.h
// What a mutation changed in a resource, value by value, for the audit row.

#ifndef SCHARNIER_COMMON_CHANGES_DIFFERENCE_H_
#define SCHARNIER_COMMON_CHANGES_DIFFERENCE_H_

#include <optional>
#include <string>
#include <vector>

#include "google/protobuf/message.h"

namespace scharnier::changes {

// One value that is not what it was.
struct FieldChange {
  std::string path;  // "registrant.email", "attendees[0].audience"
  // Marked personal or sensitive in its proto, or inside a message that is.
  bool personal;
  std::optional<std::string> before;  // as text; absent where it was not set
  std::optional<std::string> after;
};

// The values that differ between two states of a resource, in the order of the fields; all that are
// set where `before` is null. Elements of lists are compared by index.
std::vector<FieldChange> Difference(const google::protobuf::Message* before,
                                    const google::protobuf::Message& after);

}  // namespace scharnier::changes

#endif  // SCHARNIER_COMMON_CHANGES_DIFFERENCE_H_
