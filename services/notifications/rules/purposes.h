// File: purposes.h
// Which change makes which message, and which organisations a call is for.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_RULES_PURPOSES_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_RULES_PURPOSES_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "scharnier/notifications/v1/message.pb.h"
#include "scharnier/organisations/v1/organisation.pb.h"
#include "scharnier/proposals/v1/call.pb.h"

namespace scharnier::notifications::rules {

// Why people are told of a change of this type ("scharnier.events.v1.registration.confirmed");
// nullopt: nobody is.
std::optional<v1::Purpose> PurposeOf(absl::string_view change_type);

// Whether an organisation can take part in a call: it is active, and on one of the tracks lies in
// one of the regions and is of one of the kinds. Where a track names none, those of the call count;
// where the call names none either, all do.
bool IsFor(const proposals::v1::Call& call, const organisations::v1::Organisation& organisation);

}  // namespace scharnier::notifications::rules

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_RULES_PURPOSES_H_
