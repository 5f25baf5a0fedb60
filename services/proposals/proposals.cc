#include "services/proposals/store/proposals.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/changes/position.h"
#include "common/changes/record.h"
#include "common/errors/macros.h"
#include "common/rpc/filter.h"
#include "common/rpc/names.h"
#include "common/rpc/paging.h"
#include "common/runtime/uuid.h"
#include "common/types/etag.h"
#include "common/types/form.h"
#include "common/types/violations.h"
#include "services/proposals/edit.h"
#include "services/proposals/records.h"
#include "services/proposals/rules/access.h"
#include "services/proposals/rules/mandate.h"
#include "services/proposals/rules/proposal.h"
#include "services/proposals/service.h"
#include "services/proposals/standing.h"
#include "services/proposals/store/ideas.h"

namespace scharnier::proposals {
namespace {

// Whether the idea, if any, is one of the lead's in the same call.
absl::Status CheckIdea(db::Tx& tx, const v1::Proposal& proposal) {
  return proposal.idea().empty()
             ? absl::OkStatus()
             : store::FindIdeaOf(tx, proposal.idea(), proposal.lead(), proposal.track());
}

absl::Status CheckAnswersSoFar(
    const v1::Track& track, const google::protobuf::RepeatedPtrField<types::v1::Answer>& answers) {
  return types::CheckAnswers(track.proposal_form(), answers, "proposal.answers",
                             types::Answered::kSoFar);
}

}  // namespace

absl::StatusOr<v1::Proposal> ProposalsService::CreateProposal(
    const Context& ctx, const v1::CreateProposalRequest& req) {
  RETURN_IF_ERROR(FindOrganisation(ctx, req.proposal().lead()).status());
  ASSIGN_OR_RETURN(const auto held, MandatesOf(ctx));
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Proposal> {
        v1::Proposal proposal = req.proposal();
        RETURN_IF_ERROR(rules::CheckMandate(held, {proposal.lead()}, rules::kEditor));
        ASSIGN_OR_RETURN(const Place place, FindPlace(tx, ctx, proposal.track()));
        RETURN_IF_ERROR(rules::CheckOpen(place.call, place.track, proposal, ctx.now()).status());
        RETURN_IF_ERROR(CheckAnswersSoFar(place.track, proposal.answers()));
        RETURN_IF_ERROR(CheckIdea(tx, proposal));
        proposal.set_name(absl::StrCat("proposals/", runtime::NewUuid()));
        proposal.set_state(v1::Proposal::STATE_DRAFT);
        ASSIGN_OR_RETURN(proposal, store::InsertProposal(tx, keyring_, proposal, ctx.now()));
        RETURN_IF_ERROR(changes::Append(
            tx, keyring_, {WorkingCopyRecord(ctx, req.request_id(), nullptr, proposal)}));
        return proposal;
      },
      [&](db::Tx& tx, const std::string& name) { return Current(tx, held, name); });
}

absl::StatusOr<v1::Proposal> ProposalsService::UpdateProposal(
    const Context& ctx, const v1::UpdateProposalRequest& req) {
  const std::string id = rpc::NameIds(req.proposal().name())[0];
  ASSIGN_OR_RETURN(const rules::Edit edit, ReadEdit(req));
  ASSIGN_OR_RETURN(const auto held, MandatesOf(ctx));
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Proposal> {
        ASSIGN_OR_RETURN(auto locked,
                         store::LockProposal(tx, keyring_, id, rules::OrganisationsOf(held)));
        const v1::Proposal before = locked.proposal;
        RETURN_IF_ERROR(rules::CheckMandate(held, rules::Authors(before), rules::kEditor));
        ASSIGN_OR_RETURN(const Place place, FindPlace(tx, ctx, before.track()));
        RETURN_IF_ERROR(rules::CheckOpen(place.call, place.track, before, ctx.now()).status());
        RETURN_IF_ERROR(CheckQuestions(edit, place.track.proposal_form()));
        RETURN_IF_ERROR(CheckAnswersSoFar(place.track, MaskedAnswers(edit)));
        ASSIGN_OR_RETURN(const int64_t version, types::EtagVersion(before.etag()));
        if (edit.seen > version) {
          return types::FieldInvalid("proposal.etag", "an etag of this proposal");
        }
        ASSIGN_OR_RETURN(auto merged, rules::Merge(before, locked.touched, edit));
        if (merged.changed.empty()) {
          return locked.proposal;
        }
        if (merged.changed.contains("idea")) {
          RETURN_IF_ERROR(CheckIdea(tx, merged.proposal));
        }
        locked.proposal = std::move(merged.proposal);
        for (const std::string& path : merged.changed) {
          locked.touched[path] = version + 1;  // which the row gets below
        }
        ASSIGN_OR_RETURN(auto after, store::SaveProposal(tx, keyring_, locked, ctx.now()));
        RETURN_IF_ERROR(changes::Append(
            tx, keyring_, {WorkingCopyRecord(ctx, req.request_id(), &before, after)}));
        return after;
      },
      [&](db::Tx& tx, const std::string& name) { return Current(tx, held, name); });
}

absl::StatusOr<v1::Proposal> ProposalsService::GetProposal(const Context& ctx,
                                                           const v1::GetProposalRequest& req) {
  const std::string id = rpc::NameIds(req.name())[0];
  const rules::Viewer viewer = rules::ViewerOf(ctx.caller());
  return db_.Read(ctx, [&](db::Tx& tx) {
    return rules::SeesWorkingCopies(ctx.caller()) ? store::GetWorkingCopy(tx, keyring_, id, viewer)
                                                  : store::GetSubmitted(tx, keyring_, id, viewer);
  });
}

absl::StatusOr<v1::ListProposalsResponse> ProposalsService::ListProposals(
    const Context& ctx, const v1::ListProposalsRequest& req) {
  ASSIGN_OR_RETURN(const auto filter,
                   rpc::ParseFilter(req.filter(), {{"call", "calls/*"},
                                                   {"track", "calls/*/tracks/*"},
                                                   {"lead", "organisations/*"},
                                                   {"state", v1::Proposal::State_descriptor()}}));
  ASSIGN_OR_RETURN(auto page, rpc::StartPage(keyring_, ctx, req));
  store::ProposalQuery query{.viewer = rules::ViewerOf(ctx.caller()),
                             .call = filter.Id("call"),
                             .track = filter.Id("track"),
                             .lead = filter.Id("lead"),
                             .state = filter.Number("state"),
                             .limit = page.size + 1};
  if (!page.after.empty()) {
    query.after = page.after[0];
  }
  ASSIGN_OR_RETURN(auto found, changes::ReadList(db_, ctx, page, [&](db::Tx& tx) {
                     return rules::SeesWorkingCopies(ctx.caller())
                                ? store::ListWorkingCopies(tx, query)
                                : store::ListSubmitted(tx, query);
                   }));
  v1::ListProposalsResponse response;
  rpc::PageFiller filler(keyring_, ctx, req, page, response);
  for (v1::Proposal& proposal : found) {
    if (!filler.Take(proposal, rpc::NameIds(proposal.name()))) {
      break;
    }
  }
  return response;
}

}  // namespace scharnier::proposals
