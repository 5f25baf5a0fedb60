// File: settings.h
// What the notifications service is told on its command line, beyond what every service is.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_SETTINGS_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_SETTINGS_H_

#include "common/runtime/config.h"
#include "services/notifications/links.h"
#include "services/notifications/sender.h"
#include "services/notifications/sources.h"

namespace scharnier::notifications {

struct Settings {
  SourceTargets sources;
  SenderOptions sender;
  LinkTemplates links;
};

// Reads them; problems stay with the reader. Whether the relay may be used depends on whether the
// time is simulated.
Settings ReadSettings(runtime::ConfigReader& reader, bool simulated);

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_SETTINGS_H_
