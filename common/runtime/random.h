// File: random.h
// Random bytes that nobody can guess, for keys, nonces and identifiers.

#ifndef SCHARNIER_COMMON_RUNTIME_RANDOM_H_
#define SCHARNIER_COMMON_RUNTIME_RANDOM_H_

#include <cstddef>
#include <string>

namespace scharnier::runtime {

// `count` bytes from OpenSSL's generator. Ends the process where the system has no randomness.
// Thread-safe.
std::string RandomBytes(size_t count);

}  // namespace scharnier::runtime

#endif  // SCHARNIER_COMMON_RUNTIME_RANDOM_H_
