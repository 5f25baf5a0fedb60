// File: session.h
// What series and sessions must be, and how they may change.

#ifndef SCHARNIER_SERVICES_EVENTS_RULES_SESSION_H_
#define SCHARNIER_SERVICES_EVENTS_RULES_SESSION_H_

#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "scharnier/events/v1/series.pb.h"
#include "scharnier/events/v1/session.pb.h"

namespace scharnier::events::rules {

// Checks what field rules cannot. Errors: INVALID_ARGUMENT FIELD_INVALID, FIELD_MISSING below
// "series".
absl::Status CheckSeries(const v1::Series& series);
// The same below "session": a When and a deadline that exist, seats said, a place where people come
// to one, sets that go with their openness, a form that can be answered.
absl::Status CheckSession(const v1::Session& session);

// The published series. Errors: FAILED_PRECONDITION SERIES_STATE.
absl::StatusOr<v1::Series> Publish(v1::Series draft);
// The published session of a series. Errors: FAILED_PRECONDITION SESSION_STATE; SERIES_STATE while
// the series is a draft.
absl::StatusOr<v1::Session> Publish(v1::Session draft, const v1::Series& series);

// Whether a session may change so, in the fields named. `largest_waiting` is the largest party in
// line: a capacity below it would block the line for ever. Errors: FAILED_PRECONDITION
// FIELD_FROZEN, CAPACITY_BELOW_SEATED.
absl::Status MayUpdate(const v1::Session& before, const v1::Session& after,
                       const std::set<std::string>& changed, int largest_waiting);

// Fills in what the server makes of a When and a deadline.
void Complete(v1::Series& series);
void Complete(v1::Session& session);

// The instant at which the session begins, where at least its day is known; else the one by which
// it is over; nullopt where neither is known.
std::optional<absl::Time> BeginsAt(const v1::Session& session);

// SESSION_STATE for this session.
absl::Status SessionState(const v1::Session& session, absl::string_view message);

}  // namespace scharnier::events::rules

#endif  // SCHARNIER_SERVICES_EVENTS_RULES_SESSION_H_
