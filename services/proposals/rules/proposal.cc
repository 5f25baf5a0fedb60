#include "services/proposals/rules/proposal.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/types/error_words.h"
#include "common/types/form.h"
#include "common/types/timestamp.h"
#include "common/types/violations.h"
#include "scharnier/proposals/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::proposals::rules {
namespace {

constexpr int kMostPartners = 30;
// Of one organisation to one proposal: each is a mail.
constexpr int kMostInvitations = 3;

absl::Status CheckState(const v1::Proposal& proposal) {
  if (proposal.state() != v1::Proposal::STATE_WITHDRAWN) {
    return absl::OkStatus();
  }
  return errors::Error(v1::ERROR_REASON_PROPOSAL_STATE, "the proposal was taken back before")
      .With("proposal", proposal.name())
      .With("state", types::StateName(proposal.state()))
      .Precondition("STATE", proposal.name(), "a proposal that was taken back never revives");
}

absl::Status InvitationState(const std::string& invitation, v1::Invitation::State state) {
  return errors::Error(v1::ERROR_REASON_INVITATION_STATE,
                       "the invitation was answered, or taken back, before")
      .With("invitation", invitation)
      .With("state", types::StateName(state))
      .Precondition("STATE", invitation, "an answer stays, and what was taken back is gone");
}

absl::Status CheckAllAnswered(const v1::Proposal& proposal) {
  std::optional<errors::Builder> open;
  for (const v1::Partner& partner : proposal.partners()) {
    if (partner.state() != v1::Invitation::STATE_INVITED) {
      continue;
    }
    if (!open.has_value()) {
      open = errors::Error(v1::ERROR_REASON_PARTNERS_OPEN,
                           "organisations that were invited have not answered")
                 .With("proposal", proposal.name())
                 .With("organisation", partner.organisation());
    }
    open->Precondition("PARTNER", partner.organisation(), "has not answered its invitation");
  }
  return open.has_value() ? absl::Status(*open) : absl::OkStatus();
}

auto FindEntry(v1::Proposal& proposal, const std::string& organisation) {
  auto& partners = *proposal.mutable_partners();
  return std::find_if(partners.begin(), partners.end(),
                      [&](const auto& p) { return p.organisation() == organisation; });
}

}  // namespace

absl::StatusOr<Arrival> CheckOpen(const v1::Call& call, const v1::Track& track,
                                  const v1::Proposal& proposal, absl::Time receive_time) {
  RETURN_IF_ERROR(CheckState(proposal));
  return Judge(call, track, v1::Milestone::GATE_PROPOSAL, receive_time);
}

absl::StatusOr<v1::Proposal> Submit(const v1::Call& call, const v1::Track& track,
                                    const organisations::v1::Organisation& lead,
                                    v1::Proposal proposal, absl::Time receive_time) {
  ASSIGN_OR_RETURN(const Arrival arrival, CheckOpen(call, track, proposal, receive_time));
  RETURN_IF_ERROR(CheckAllAnswered(proposal));
  RETURN_IF_ERROR(
      types::CheckAnswers(track.proposal_form(), proposal.answers(), "proposal.answers"));
  RETURN_IF_ERROR(CheckEligible(call, track, lead));
  auto& partners = *proposal.mutable_partners();
  partners.erase(std::remove_if(partners.begin(), partners.end(),
                                [](const v1::Partner& partner) {
                                  return partner.state() == v1::Invitation::STATE_DECLINED;
                                }),
                 partners.end());
  proposal.set_state(v1::Proposal::STATE_SUBMITTED);
  proposal.set_version(proposal.version() + 1);
  *proposal.mutable_submit_time() = types::ToProto(receive_time);
  proposal.clear_marks();
  if (arrival == Arrival::kLate) {
    proposal.add_marks(v1::Proposal::MARK_LATE);
  }
  return proposal;
}

absl::StatusOr<v1::Proposal> Withdraw(v1::Proposal proposal) {
  RETURN_IF_ERROR(CheckState(proposal));
  proposal.set_state(v1::Proposal::STATE_WITHDRAWN);
  return proposal;
}

absl::Status Invite(const v1::Invitation& invitation, int times_before, v1::Proposal& proposal) {
  const std::string& organisation = invitation.organisation();
  if (organisation == proposal.lead()) {
    return types::FieldInvalid("organisation", "the lead is no partner of its own");
  }
  if (FindEntry(proposal, organisation) != proposal.mutable_partners()->end()) {
    return errors::Error(v1::ERROR_REASON_PARTNER_EXISTS, "the organisation was invited before")
        .With("proposal", proposal.name())
        .With("organisation", organisation);
  }
  if (times_before >= kMostInvitations) {
    return errors::Error(v1::ERROR_REASON_INVITED_TOO_OFTEN,
                         "the organisation was invited as often as it can be")
        .With("proposal", proposal.name())
        .With("organisation", organisation)
        .With("most", absl::StrCat(kMostInvitations))
        .Precondition("INVITATIONS", organisation, "an organisation is not asked without end");
  }
  if (proposal.partners_size() >= kMostPartners) {
    return errors::Error(v1::ERROR_REASON_PARTNERS_FULL, "the list of partners is full")
        .With("proposal", proposal.name())
        .With("most", absl::StrCat(kMostPartners))
        .Precondition("PARTNERS", proposal.name(), "those that have declined can be removed");
  }
  v1::Partner& partner = *proposal.add_partners();
  partner.set_organisation(organisation);
  partner.set_invitation(invitation.name());
  partner.set_state(invitation.state());
  *partner.mutable_invite_time() = invitation.invite_time();
  return absl::OkStatus();
}

absl::StatusOr<v1::Partner> FindPartner(const v1::Proposal& proposal,
                                        const std::string& organisation) {
  for (const v1::Partner& partner : proposal.partners()) {
    if (partner.organisation() == organisation) {
      return partner;
    }
  }
  return errors::Error(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND, "there is no such partner")
      .With("name", organisation);
}

absl::Status Remove(const v1::Partner& partner, v1::Proposal& proposal) {
  if (partner.state() == v1::Invitation::STATE_ACCEPTED) {
    return InvitationState(partner.invitation(), partner.state());
  }
  proposal.mutable_partners()->erase(FindEntry(proposal, partner.organisation()));
  return absl::OkStatus();
}

absl::Status MayAnswer(const v1::Invitation& invitation) {
  return invitation.state() == v1::Invitation::STATE_INVITED
             ? absl::OkStatus()
             : InvitationState(invitation.name(), invitation.state());
}

void Answer(bool accept, absl::Time now, v1::Invitation& invitation, v1::Proposal& proposal) {
  invitation.set_state(accept ? v1::Invitation::STATE_ACCEPTED : v1::Invitation::STATE_DECLINED);
  *invitation.mutable_answer_time() = types::ToProto(now);
  v1::Partner& partner = *FindEntry(proposal, invitation.organisation());
  partner.set_state(invitation.state());
  *partner.mutable_answer_time() = invitation.answer_time();
}

std::vector<std::string> Authors(const v1::Proposal& proposal) {
  std::vector<std::string> authors = {proposal.lead()};
  for (const v1::Partner& partner : proposal.partners()) {
    if (partner.state() == v1::Invitation::STATE_ACCEPTED) {
      authors.push_back(partner.organisation());
    }
  }
  return authors;
}

}  // namespace scharnier::proposals::rules
