// File: purposes.h
// Which change makes which message.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_RULES_PURPOSES_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_RULES_PURPOSES_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "scharnier/notifications/v1/message.pb.h"

namespace scharnier::notifications::rules {

// Why people are told of a change of this type ("scharnier.events.v1.registration.confirmed");
// nullopt: nobody is.
std::optional<v1::Purpose> PurposeOf(absl::string_view change_type);

}  // namespace scharnier::notifications::rules

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_RULES_PURPOSES_H_
