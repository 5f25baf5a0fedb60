// File: intake.h
// What changes elsewhere make people be told: a change of the feed becomes the messages of its
// occasion.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_INTAKE_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_INTAKE_H_

#include "common/changes/subscriber.h"
#include "common/runtime/keyring.h"

namespace scharnier::notifications {

// The effect of one change: one message a recipient, each with a change of its own. A change that
// comes again makes none twice. Errors: INTERNAL INTERNAL_FAULT for a registration's change without
// a registration. `keyring` outlives it.
changes::Subscriber::Apply QueueMessages(const runtime::Keyring& keyring);

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_INTAKE_H_
