#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/changes/record.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/rpc/names.h"
#include "common/runtime/uuid.h"
#include "common/types/timestamp.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/proposals/records.h"
#include "services/proposals/rules/access.h"
#include "services/proposals/rules/mandate.h"
#include "services/proposals/rules/proposal.h"
#include "services/proposals/service.h"
#include "services/proposals/standing.h"
#include "services/proposals/store/invitations.h"
#include "services/proposals/store/proposals.h"
#include "services/proposals/take_back.h"

namespace scharnier::proposals {
namespace {

v1::Invitation NewInvitation(const v1::Call& call, const v1::Proposal& proposal,
                             const std::string& organisation, absl::Time now) {
  v1::Invitation invitation;
  invitation.set_name(absl::StrCat(proposal.name(), "/invitations/", runtime::NewUuid()));
  invitation.set_proposal(proposal.name());
  invitation.set_track(proposal.track());
  *invitation.mutable_call_title() = call.title();
  invitation.set_title(proposal.title());
  invitation.set_lead(proposal.lead());
  invitation.set_organisation(organisation);
  invitation.set_state(v1::Invitation::STATE_INVITED);
  *invitation.mutable_invite_time() = types::ToProto(now);
  return invitation;
}

absl::StatusOr<v1::Invitation> GetInvitationAs(const runtime::Caller& caller, db::Tx& tx,
                                               const std::string& name) {
  return store::GetInvitation(tx, name, rules::ViewerOf(caller).keys,
                              rules::HolderOf(caller, name));
}

}  // namespace

absl::StatusOr<v1::Proposal> ProposalsService::InvitePartner(const Context& ctx,
                                                             const v1::InvitePartnerRequest& req) {
  const std::string id = rpc::NameIds(req.name())[0];
  RETURN_IF_ERROR(FindOrganisation(ctx, req.organisation()).status());
  ASSIGN_OR_RETURN(const auto held, MandatesOf(ctx));
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Proposal> {
        ASSIGN_OR_RETURN(auto locked,
                         store::LockProposal(tx, keyring_, id, rules::OrganisationsOf(held)));
        const v1::Proposal before = locked.proposal;
        RETURN_IF_ERROR(rules::CheckMandate(held, {before.lead()}, rules::kEditor));
        ASSIGN_OR_RETURN(const Place place, FindPlace(tx, ctx, before.track()));
        RETURN_IF_ERROR(rules::CheckOpen(place.call, place.track, before, ctx.now()).status());
        auto invitation = NewInvitation(place.call, before, req.organisation(), ctx.now());
        ASSIGN_OR_RETURN(const int times_before,
                         store::CountInvitations(tx, before.name(), req.organisation()));
        RETURN_IF_ERROR(rules::Invite(invitation, times_before, locked.proposal));
        ASSIGN_OR_RETURN(invitation, store::InsertInvitation(tx, invitation));
        ASSIGN_OR_RETURN(auto after, store::SaveProposal(tx, keyring_, locked, ctx.now()));
        RETURN_IF_ERROR(changes::Append(
            tx, keyring_,
            {WorkingCopyRecord(ctx, req.request_id(), &before, after),
             InvitationRecord(ctx, req.request_id(), "invitation.sent", nullptr, invitation)}));
        return after;
      },
      [&](db::Tx& tx, const std::string& name) { return Current(tx, held, name); });
}

absl::StatusOr<v1::Proposal> ProposalsService::RemovePartner(const Context& ctx,
                                                             const v1::RemovePartnerRequest& req) {
  const std::string id = rpc::NameIds(req.name())[0];
  ASSIGN_OR_RETURN(const auto held, MandatesOf(ctx));
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Proposal> {
        ASSIGN_OR_RETURN(auto locked,
                         store::LockProposal(tx, keyring_, id, rules::OrganisationsOf(held)));
        const v1::Proposal before = locked.proposal;
        RETURN_IF_ERROR(rules::CheckMandate(held, {before.lead()}, rules::kEditor));
        ASSIGN_OR_RETURN(const Place place, FindPlace(tx, ctx, before.track()));
        RETURN_IF_ERROR(rules::CheckOpen(place.call, place.track, before, ctx.now()).status());
        ASSIGN_OR_RETURN(const auto partner, rules::FindPartner(before, req.organisation()));
        RETURN_IF_ERROR(rules::Remove(partner, locked.proposal));
        ASSIGN_OR_RETURN(auto after, store::SaveProposal(tx, keyring_, locked, ctx.now()));
        RETURN_IF_ERROR(changes::Append(
            tx, keyring_, {WorkingCopyRecord(ctx, req.request_id(), &before, after)}));
        if (partner.state() == v1::Invitation::STATE_INVITED) {
          RETURN_IF_ERROR(TakeBack(tx, keyring_, ctx, req.request_id(), partner.invitation()));
        }
        return after;
      },
      [&](db::Tx& tx, const std::string& name) { return Current(tx, held, name); });
}

absl::StatusOr<v1::Invitation> ProposalsService::AnswerInvitation(
    const Context& ctx, const v1::AnswerInvitationRequest& req) {
  const std::string id = rpc::NameIds(req.name())[0];
  const auto opened = rules::InvitationOf(ctx.caller(), req.organisation());
  ASSIGN_OR_RETURN(const auto held, MandatesOf(ctx));
  const bool may_write =
      opened.has_value() || rules::CheckMandate(held, {req.organisation()}, rules::kEditor).ok();
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Invitation> {
        ASSIGN_OR_RETURN(auto locked, store::LockProposal(
                                          tx, keyring_, id, rules::OrganisationsOf(held),
                                          may_write ? std::optional<std::string>(req.organisation())
                                                    : std::nullopt));
        const v1::Proposal before = locked.proposal;
        if (!opened.has_value()) {
          RETURN_IF_ERROR(rules::CheckMandate(held, {req.organisation()}, rules::kSignatory));
        }
        // Whoever has declined hears that, and nothing of what became of the proposal since.
        ASSIGN_OR_RETURN(const auto invited,
                         store::LastInvitation(tx, before.name(), req.organisation()));
        // The token of an earlier invitation does not answer a later one.
        if (opened.value_or(invited.name()) != invited.name()) {
          return errors::Error(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND,
                               "there is no such invitation")
              .With("name", before.name());
        }
        RETURN_IF_ERROR(rules::MayAnswer(invited));
        ASSIGN_OR_RETURN(const Place place, FindPlace(tx, ctx, before.track()));
        RETURN_IF_ERROR(rules::CheckOpen(place.call, place.track, before, ctx.now()).status());
        v1::Invitation answered = invited;
        rules::Answer(req.accept(), ctx.now(), answered, locked.proposal);
        ASSIGN_OR_RETURN(answered, store::SaveInvitation(tx, answered));
        ASSIGN_OR_RETURN(auto after, store::SaveProposal(tx, keyring_, locked, ctx.now()));
        RETURN_IF_ERROR(changes::Append(
            tx, keyring_,
            {WorkingCopyRecord(ctx, req.request_id(), &before, after),
             InvitationRecord(ctx, req.request_id(),
                              req.accept() ? "invitation.accepted" : "invitation.declined",
                              &invited, answered)}));
        return answered;
      },
      // Who answers as soon as they may is ahead of the copy of the register.
      [&](db::Tx& tx, const std::string& name) {
        return may_write ? store::GetInvitation(tx, name, std::nullopt, std::nullopt)
                         : GetInvitationAs(ctx.caller(), tx, name);
      });
}

absl::StatusOr<v1::Invitation> ProposalsService::GetInvitation(
    const Context& ctx, const v1::GetInvitationRequest& req) {
  return db_.Read(ctx, [&](db::Tx& tx) { return GetInvitationAs(ctx.caller(), tx, req.name()); });
}

}  // namespace scharnier::proposals
