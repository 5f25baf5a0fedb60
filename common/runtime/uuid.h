// File: uuid.h
// Identifiers: UUID version 7 (RFC 9562), made by the server from the real clock, so that they sort
// by age.

#ifndef SCHARNIER_COMMON_RUNTIME_UUID_H_
#define SCHARNIER_COMMON_RUNTIME_UUID_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace scharnier::runtime {

// A new identifier, lower case with hyphens. Those of one thread ascend.
std::string NewUuid();
// Whether the text is a UUID of any version in its canonical form (lower case), and not the nil
// UUID.
bool IsUuid(absl::string_view text);
// When an identifier of NewUuid() was made, to the millisecond.
absl::Time TimeOfUuid(absl::string_view uuid);

}  // namespace scharnier::runtime

#endif  // SCHARNIER_COMMON_RUNTIME_UUID_H_
