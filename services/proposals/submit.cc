// Submitting proposals, taking them back, and the receipts.

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/changes/position.h"
#include "common/changes/record.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/rpc/names.h"
#include "common/rpc/paging.h"
#include "common/types/etag.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/proposals/records.h"
#include "services/proposals/rules/access.h"
#include "services/proposals/rules/mandate.h"
#include "services/proposals/rules/proposal.h"
#include "services/proposals/service.h"
#include "services/proposals/standing.h"
#include "services/proposals/store/calls.h"
#include "services/proposals/store/proposals.h"
#include "services/proposals/store/receipts.h"
#include "services/proposals/take_back.h"

namespace scharnier::proposals {

absl::StatusOr<v1::Proposal> ProposalsService::SubmitProposal(
    const Context& ctx, const v1::SubmitProposalRequest& req) {
  const std::string id = rpc::NameIds(req.name())[0];
  ASSIGN_OR_RETURN(const auto held, MandatesOf(ctx));
  // The lead never changes; the register may have to be asked for it, which no lock waits for.
  ASSIGN_OR_RETURN(const auto seen,
                   db_.Read(ctx, [&](db::Tx& tx) { return Current(tx, held, req.name()); }));
  ASSIGN_OR_RETURN(const auto lead, FindOrganisation(ctx, seen.lead()));
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Proposal> {
        ASSIGN_OR_RETURN(auto locked,
                         store::LockProposal(tx, keyring_, id, rules::OrganisationsOf(held)));
        const v1::Proposal before = locked.proposal;
        RETURN_IF_ERROR(rules::CheckMandate(held, {before.lead()}, rules::kSignatory));
        RETURN_IF_ERROR(types::CheckEtag(before.etag(), req.etag(), "etag"));
        ASSIGN_OR_RETURN(const Place place, FindPlace(tx, ctx, before.track()));
        ASSIGN_OR_RETURN(locked.proposal,
                         rules::Submit(place.call, place.track, lead, before, ctx.now()));
        if (before.reference().empty()) {
          ASSIGN_OR_RETURN(*locked.proposal.mutable_reference(),
                           store::NextReference(tx, place.call.reference_prefix()));
        }
        ASSIGN_OR_RETURN(auto after, store::SaveProposal(tx, keyring_, locked, ctx.now()));
        RETURN_IF_ERROR(store::InsertVersion(tx, keyring_, after));
        v1::Proposal was = before, submitted = after;
        was.clear_etag();
        submitted.clear_etag();
        RETURN_IF_ERROR(
            changes::Append(tx, keyring_,
                            {SubmittedRecord(ctx, req.request_id(), "proposal.submitted", &was,
                                             submitted, rules::Authors(after))}));
        return after;
      },
      [&](db::Tx& tx, const std::string& name) { return Current(tx, held, name); });
}

absl::StatusOr<v1::Proposal> ProposalsService::WithdrawProposal(
    const Context& ctx, const v1::WithdrawProposalRequest& req) {
  const std::string id = rpc::NameIds(req.name())[0];
  ASSIGN_OR_RETURN(const auto held, MandatesOf(ctx));
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Proposal> {
        ASSIGN_OR_RETURN(auto locked,
                         store::LockProposal(tx, keyring_, id, rules::OrganisationsOf(held)));
        const v1::Proposal before = locked.proposal;
        RETURN_IF_ERROR(rules::CheckMandate(held, {before.lead()}, rules::kSignatory));
        ASSIGN_OR_RETURN(locked.proposal, rules::Withdraw(before));
        for (const v1::Partner& partner : before.partners()) {
          if (partner.state() == v1::Invitation::STATE_INVITED) {
            RETURN_IF_ERROR(rules::Remove(partner, locked.proposal));
            RETURN_IF_ERROR(TakeBack(tx, keyring_, ctx, req.request_id(), partner.invitation()));
          }
        }
        ASSIGN_OR_RETURN(auto after, store::SaveProposal(tx, keyring_, locked, ctx.now()));
        changes::Record record = WorkingCopyRecord(ctx, req.request_id(), &before, after);
        v1::Proposal submitted, withdrawn;
        if (after.version() > 0) {
          // Of the copy that was worked on since, the feed tells nothing.
          ASSIGN_OR_RETURN(withdrawn, store::GetSubmitted(tx, keyring_, id, {}));
          submitted = withdrawn;
          submitted.set_state(before.state());
          record = SubmittedRecord(ctx, req.request_id(), "proposal.withdrawn", &submitted,
                                   withdrawn, rules::Authors(after));
        }
        RETURN_IF_ERROR(changes::Append(tx, keyring_, {record}));
        return after;
      },
      [&](db::Tx& tx, const std::string& name) { return Current(tx, held, name); });
}

absl::StatusOr<v1::Receipt> ProposalsService::GetReceipt(const Context& ctx,
                                                         const v1::GetReceiptRequest& req) {
  const std::vector<std::string> ids = rpc::NameIds(req.name());
  int number = 0;
  (void)absl::SimpleAtoi(ids[1], &number);
  return db_.Read(ctx, [&](db::Tx& tx) {
    return store::GetReceipt(tx, ids[0], number, rules::ViewerOf(ctx.caller()).keys);
  });
}

absl::StatusOr<v1::ListReceiptsResponse> ProposalsService::ListReceipts(
    const Context& ctx, const v1::ListReceiptsRequest& req) {
  ASSIGN_OR_RETURN(auto page, rpc::StartPage(keyring_, ctx, req));
  store::ReceiptQuery query{.proposal_id = rpc::NameIds(req.parent())[0],
                            .keys = rules::ViewerOf(ctx.caller()).keys,
                            .limit = page.size + 1};
  if (!page.after.empty() && !absl::SimpleAtoi(page.after[0], &query.after)) {
    return errors::Error(types::v1::ERROR_REASON_INTERNAL_FAULT,
                         "a page token of ours cannot be read");
  }
  ASSIGN_OR_RETURN(auto found, changes::ReadList(db_, ctx, page, [&](db::Tx& tx) {
                     return store::ListReceipts(tx, query);
                   }));
  if (found.empty()) {
    // Never submitted, or no such proposal: the rare case pays for a second look.
    v1::GetProposalRequest get;
    get.set_name(req.parent());
    RETURN_IF_ERROR(GetProposal(ctx, get).status());
  }
  v1::ListReceiptsResponse response;
  rpc::PageFiller filler(keyring_, ctx, req, page, response);
  for (v1::Receipt& receipt : found) {
    if (!filler.Take(receipt, {absl::StrCat(receipt.number())})) {
      break;
    }
  }
  return response;
}

}  // namespace scharnier::proposals
