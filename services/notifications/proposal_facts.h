// File: proposal_facts.h
// What mails tell of ideas, of invitations to be a partner, and of proposals that were submitted.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_PROPOSAL_FACTS_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_PROPOSAL_FACTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scharnier/organisations/v1/organisation.pb.h"
#include "scharnier/proposals/v1/call.pb.h"
#include "scharnier/proposals/v1/idea.pb.h"
#include "scharnier/proposals/v1/invitation.pb.h"
#include "scharnier/proposals/v1/proposal.pb.h"
#include "services/notifications/facts.h"

namespace scharnier::notifications {

// The facts of an idea of an organisation, for its contact.
Facts FactsOf(const proposals::v1::Idea& idea, const proposals::v1::Call& call,
              const organisations::v1::Organisation& organisation);

// An invitation to be a partner.
struct InvitationParts {
  proposals::v1::Invitation invitation;
  proposals::v1::Call call;
  organisations::v1::Organisation lead, invited;
  proposals::v1::Person contact;  // of the proposal
};
// The facts for the organisation that is invited, or, with "people/0", for the proposal's contact:
// each is the one whom the other asks, since staff may not know of the draft.
Facts FactsOf(const InvitationParts& parts, const std::string& recipient);

// A proposal as it was submitted.
struct ReceiptParts {
  proposals::v1::Receipt receipt;
  proposals::v1::Proposal proposal;
  proposals::v1::Call call;
  organisations::v1::Organisation lead;
  std::vector<organisations::v1::Organisation> partners;
};
// The facts for a partner, or, with "people/0", for the proposal's contact.
Facts FactsOf(const ReceiptParts& parts, const std::string& recipient);

// These read them from the proposals service and the register.
absl::StatusOr<Facts> ReadIdea(Sources& sources, const runtime::Context& ctx,
                               const v1::Message& message);
absl::StatusOr<Facts> ReadInvitation(Sources& sources, const Links& links,
                                     const runtime::Context& ctx, const v1::Message& message);
absl::StatusOr<Facts> ReadReceipt(Sources& sources, const runtime::Context& ctx,
                                  const v1::Message& message);

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_PROPOSAL_FACTS_H_
