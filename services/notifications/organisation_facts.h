// File: organisation_facts.h
// How organisations are called and reached, for those who write mails of any kind.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_ORGANISATION_FACTS_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_ORGANISATION_FACTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scharnier/organisations/v1/organisation.pb.h"
#include "services/notifications/facts.h"

namespace scharnier::notifications {

// Makes an organisation the one who is written to, at its first mailbox.
void WriteTo(const organisations::v1::Organisation& organisation, Facts& facts);

// Reads organisations from the register, in the order of their names, of which there is one at
// least. Errors: NOT_FOUND RESOURCE_NOT_FOUND.
absl::StatusOr<std::vector<organisations::v1::Organisation>> ReadOrganisations(
    Sources& sources, const runtime::Context& ctx, const std::vector<std::string>& names);

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_ORGANISATION_FACTS_H_
