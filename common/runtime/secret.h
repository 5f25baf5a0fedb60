// File: secret.h
// A secret that may be changed while the process runs.

#ifndef SCHARNIER_COMMON_RUNTIME_SECRET_H_
#define SCHARNIER_COMMON_RUNTIME_SECRET_H_

#include <functional>
#include <string>

namespace scharnier::runtime {

// What it is now, asked from any thread. An empty function: there is none.
using SecretSource = std::function<std::string()>;

}  // namespace scharnier::runtime

#endif  // SCHARNIER_COMMON_RUNTIME_SECRET_H_
