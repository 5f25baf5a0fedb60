// File: settings.h
// What the notifications service is told on its command line, beyond what every service is.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_SETTINGS_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_SETTINGS_H_

#include <string>

#include "common/runtime/config.h"
#include "services/notifications/sender.h"

namespace scharnier::notifications {

struct Settings {
  std::string events;  // target of the events API
  SenderOptions sender;
};

// Reads them; problems stay with the reader. Whether the relay may be used depends on whether the
// time is simulated.
Settings ReadSettings(runtime::ConfigReader& reader, bool simulated);

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_SETTINGS_H_
