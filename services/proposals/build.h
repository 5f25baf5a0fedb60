// File: build.h
// The service put together: its methods, and the copy of the organisations register that it keeps.

#ifndef SCHARNIER_SERVICES_PROPOSALS_BUILD_H_
#define SCHARNIER_SERVICES_PROPOSALS_BUILD_H_

#include <string>

#include "common/host/host.h"

namespace scharnier::proposals {

// Starts everything; `organisations` is the target of the organisations service.
host::Service Build(host::Host& host, const std::string& organisations);

}  // namespace scharnier::proposals

#endif  // SCHARNIER_SERVICES_PROPOSALS_BUILD_H_
