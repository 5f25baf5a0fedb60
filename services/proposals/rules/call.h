// File: call.h
// What calls must be, and how they may change.

#ifndef SCHARNIER_SERVICES_PROPOSALS_RULES_CALL_H_
#define SCHARNIER_SERVICES_PROPOSALS_RULES_CALL_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "scharnier/proposals/v1/call.pb.h"
#include "scharnier/types/v1/text.pb.h"

namespace scharnier::proposals::rules {

// Checks what field rules cannot: a prefix, sets that name each once, milestones that can gate what
// they say and are told apart, forms that can be answered. Errors: INVALID_ARGUMENT FIELD_INVALID,
// FIELD_MISSING below "call".
absl::Status CheckCall(const v1::Call& call);

// Whether the tracks that `after` names are those of `before`, each once; those without a name are
// new. Errors: INVALID_ARGUMENT FIELD_INVALID below "call.tracks".
absl::Status CheckTrackNames(const v1::Call& before, const v1::Call& after);

// Fills in what the server makes of each When.
void Complete(v1::Call& call);

// The published call. Errors: FAILED_PRECONDITION CALL_STATE.
absl::StatusOr<v1::Call> Publish(v1::Call draft, absl::Time now);

// Whether a draft may change. Errors: FAILED_PRECONDITION CALL_STATE.
absl::Status MayUpdate(const v1::Call& before);

// Whether a call may be amended: it is published. Errors: FAILED_PRECONDITION CALL_STATE.
absl::Status MayAmend(const v1::Call& before);

// The published call with one more amendment, which says what changed. Takes two calls that differ,
// were checked and completed, and whose tracks have names. Errors: FAILED_PRECONDITION
// FIELD_FROZEN, TRACK_LEFT_OUT, GATE_LEFT_OUT, HARD_DEADLINE_EARLIER.
absl::StatusOr<v1::Call> Amend(const v1::Call& before, v1::Call after,
                               const types::v1::Text& reason, absl::Time now);

// Whether regions and kinds of the call, and of its tracks, are what they were: once something was
// submitted they are fixed. Errors: FAILED_PRECONDITION FIELD_FROZEN.
absl::Status CheckSameEligibility(const v1::Call& before, const v1::Call& after);

}  // namespace scharnier::proposals::rules

#endif  // SCHARNIER_SERVICES_PROPOSALS_RULES_CALL_H_
