// File: mandate_facts.h
// What mails tell of mandates.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_MANDATE_FACTS_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_MANDATE_FACTS_H_

#include "absl/status/statusor.h"
#include "scharnier/organisations/v1/mandate.pb.h"
#include "scharnier/organisations/v1/organisation.pb.h"
#include "services/notifications/facts.h"

namespace scharnier::notifications {

// The facts of a mandate of an organisation, for the person who is invited.
Facts FactsOf(const organisations::v1::Mandate& mandate,
              const organisations::v1::Organisation& organisation);

// Reads the facts of a mandate from the register.
absl::StatusOr<Facts> ReadMandate(Sources& sources, const Links& links, const runtime::Context& ctx,
                                  const v1::Message& message);

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_MANDATE_FACTS_H_
