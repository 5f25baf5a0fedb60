// File: proposal.h
// How a proposal and its partners may change, and whether it can be submitted.

#ifndef SCHARNIER_SERVICES_PROPOSALS_RULES_PROPOSAL_H_
#define SCHARNIER_SERVICES_PROPOSALS_RULES_PROPOSAL_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "scharnier/organisations/v1/organisation.pb.h"
#include "scharnier/proposals/v1/call.pb.h"
#include "scharnier/proposals/v1/invitation.pb.h"
#include "scharnier/proposals/v1/proposal.pb.h"
#include "services/proposals/rules/track.h"

namespace scharnier::proposals::rules {

// Whether a proposal on this track can be worked on at this instant: it was not taken back, and its
// gate is open. Errors: FAILED_PRECONDITION PROPOSAL_STATE, CALL_STATE, GATE_CLOSED.
absl::StatusOr<Arrival> CheckOpen(const v1::Call& call, const v1::Track& track,
                                  const v1::Proposal& proposal, absl::Time receive_time);

// The copy as it is submitted, judged by the instant at which the request was received: its next
// version, without the organisations that have declined. Without the reference that the first one
// gets. Errors: INVALID_ARGUMENT FIELD_INVALID, FIELD_MISSING below "proposal.answers";
// FAILED_PRECONDITION PROPOSAL_STATE, CALL_STATE, GATE_CLOSED, PARTNERS_OPEN, NOT_ELIGIBLE (the
// lead).
absl::StatusOr<v1::Proposal> Submit(const v1::Call& call, const v1::Track& track,
                                    const organisations::v1::Organisation& lead,
                                    v1::Proposal proposal, absl::Time receive_time);

// The proposal taken back. Errors: FAILED_PRECONDITION PROPOSAL_STATE.
absl::StatusOr<v1::Proposal> Withdraw(v1::Proposal proposal);

// Puts an organisation on the list of partners, by an invitation that has its name; it was invited
// `times_before`. Errors: INVALID_ARGUMENT FIELD_INVALID for the lead; ALREADY_EXISTS
// PARTNER_EXISTS; FAILED_PRECONDITION INVITED_TOO_OFTEN, PARTNERS_FULL.
absl::Status Invite(const v1::Invitation& invitation, int times_before, v1::Proposal& proposal);

// The partner's entry. Errors: NOT_FOUND RESOURCE_NOT_FOUND.
absl::StatusOr<v1::Partner> FindPartner(const v1::Proposal& proposal,
                                        const std::string& organisation);

// Takes a partner off the list. Errors: FAILED_PRECONDITION INVITATION_STATE for one that has
// accepted.
absl::Status Remove(const v1::Partner& partner, v1::Proposal& proposal);

// Whether an invitation waits for its answer. Errors: FAILED_PRECONDITION INVITATION_STATE.
absl::Status MayAnswer(const v1::Invitation& invitation);

// Notes the answer of an invited organisation in the invitation and on the list, for one that may
// answer.
void Answer(bool accept, absl::Time now, v1::Invitation& invitation, v1::Proposal& proposal);

// The organisations that write the proposal: the lead, then the partners that have accepted.
std::vector<std::string> Authors(const v1::Proposal& proposal);

}  // namespace scharnier::proposals::rules

#endif  // SCHARNIER_SERVICES_PROPOSALS_RULES_PROPOSAL_H_
