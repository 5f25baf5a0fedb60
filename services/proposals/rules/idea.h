// File: idea.h
// Whether an idea can be handed in, and taken back.

#ifndef SCHARNIER_SERVICES_PROPOSALS_RULES_IDEA_H_
#define SCHARNIER_SERVICES_PROPOSALS_RULES_IDEA_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "scharnier/organisations/v1/organisation.pb.h"
#include "scharnier/proposals/v1/call.pb.h"
#include "scharnier/proposals/v1/idea.pb.h"

namespace scharnier::proposals::rules {

// The idea as it is accepted, judged by the instant at which it was received; without name and
// reference. Errors: INVALID_ARGUMENT FIELD_INVALID, FIELD_MISSING below "idea.answers";
// FAILED_PRECONDITION CALL_STATE, GATE_CLOSED, NOT_ELIGIBLE.
absl::StatusOr<v1::Idea> Submit(const v1::Call& call, const v1::Track& track,
                                const organisations::v1::Organisation& organisation,
                                v1::Idea wanted, absl::Time receive_time);

// The idea taken back. Errors: FAILED_PRECONDITION IDEA_STATE.
absl::StatusOr<v1::Idea> Withdraw(v1::Idea idea);

}  // namespace scharnier::proposals::rules

#endif  // SCHARNIER_SERVICES_PROPOSALS_RULES_IDEA_H_
