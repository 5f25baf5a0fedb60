// File: seats.h
// Giving seats that have become free to the first in line.

#ifndef SCHARNIER_SERVICES_EVENTS_SEATS_H_
#define SCHARNIER_SERVICES_EVENTS_SEATS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/changes/record.h"
#include "common/db/tx.h"
#include "common/runtime/context.h"
#include "scharnier/events/v1/registration.pb.h"
#include "services/events/store/sessions.h"

namespace scharnier::events {

// Registrations that were promoted, before and after, at the same places.
struct Promoted {
  std::vector<v1::Registration> before, after;
};

// Confirms the first in line as far as the seats of the locked session suffice, in its transaction.
// Counts them in `line`, which the caller saves.
absl::StatusOr<Promoted> PromoteWaiters(db::Tx& tx, const runtime::Context& ctx,
                                        const v1::Session& session, rules::Line& line);

// The record of a change of a registration; `before` is null for a new one. `session` names its
// session and series as scope.
changes::Record RegistrationRecord(const runtime::Context& ctx, const std::string& request_id,
                                   const char* type, const v1::Session& session,
                                   const v1::Registration* before, const v1::Registration& after);

}  // namespace scharnier::events

#endif  // SCHARNIER_SERVICES_EVENTS_SEATS_H_
