// File: call_facts.h
// What mails tell of calls and of their amendments.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_CALL_FACTS_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_CALL_FACTS_H_

#include "absl/status/statusor.h"
#include "scharnier/organisations/v1/organisation.pb.h"
#include "scharnier/proposals/v1/call.pb.h"
#include "services/notifications/facts.h"

namespace scharnier::notifications {

// The facts of a call for an organisation that hears of it.
Facts FactsOf(const proposals::v1::Call& call, const organisations::v1::Organisation& organisation);

// The same with one amendment, counted from 1. Errors: NOT_FOUND RESOURCE_NOT_FOUND when the call
// has none of that number.
absl::StatusOr<Facts> FactsOf(const proposals::v1::Call& call, int amendment,
                              const organisations::v1::Organisation& organisation);

// Reads the facts of "calls/…" or "calls/…/amendments/{number}" from the proposals service, for an
// organisation.
absl::StatusOr<Facts> ReadCall(Sources& sources, const runtime::Context& ctx,
                               const v1::Message& message);

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_CALL_FACTS_H_
