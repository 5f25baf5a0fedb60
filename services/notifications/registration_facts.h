// File: registration_facts.h
// What mails tell of registrations.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_REGISTRATION_FACTS_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_REGISTRATION_FACTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scharnier/events/v1/registration.pb.h"
#include "scharnier/events/v1/series.pb.h"
#include "scharnier/events/v1/session.pb.h"
#include "services/notifications/facts.h"

namespace scharnier::notifications {

// A registration with its people, and what it is for.
struct RegistrationParts {
  events::v1::Registration registration;
  events::v1::Session session;
  events::v1::Series series;
};

// The facts for "people/{number}" of the registration.
Facts FactsOf(const RegistrationParts& parts, const std::string& recipient);

// Reads a registration's facts from the events service.
absl::StatusOr<Facts> ReadRegistration(Sources& sources, const Links& links,
                                       const runtime::Context& ctx, const v1::Message& message);

// The short code that stands for a registration in mails: "7F3A-92C1".
std::string ReferenceOf(absl::string_view registration);

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_REGISTRATION_FACTS_H_
