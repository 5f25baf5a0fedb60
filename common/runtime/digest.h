// File: digest.h
// What tells two messages apart without showing them.

#ifndef SCHARNIER_COMMON_RUNTIME_DIGEST_H_
#define SCHARNIER_COMMON_RUNTIME_DIGEST_H_

#include <string>

#include "google/protobuf/message.h"

namespace scharnier::runtime {

// SHA-256 of the deterministic serialisation, 32 bytes.
std::string Digest(const google::protobuf::Message& message);

}  // namespace scharnier::runtime

#endif  // SCHARNIER_COMMON_RUNTIME_DIGEST_H_
