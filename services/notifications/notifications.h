// File: notifications.h
// The service put together: its methods, the subscribers that queue messages and the sender that
// sends them.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_NOTIFICATIONS_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_NOTIFICATIONS_H_

#include "common/host/host.h"
#include "services/notifications/settings.h"

namespace scharnier::notifications {

// Starts everything.
host::Service Build(host::Host& host, const Settings& settings);

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_NOTIFICATIONS_H_
