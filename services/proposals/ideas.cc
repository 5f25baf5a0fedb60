#include "services/proposals/store/ideas.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/changes/position.h"
#include "common/changes/record.h"
#include "common/errors/macros.h"
#include "common/rpc/filter.h"
#include "common/rpc/names.h"
#include "common/rpc/paging.h"
#include "common/runtime/uuid.h"
#include "services/proposals/rules/access.h"
#include "services/proposals/rules/idea.h"
#include "services/proposals/rules/mandate.h"
#include "services/proposals/service.h"
#include "services/proposals/standing.h"
#include "services/proposals/store/calls.h"

namespace scharnier::proposals {
namespace {

changes::Record IdeaRecord(const runtime::Context& ctx, const std::string& request_id,
                           const char* type, const v1::Idea* before, const v1::Idea& after) {
  return {.ctx = &ctx,
          .request_id = request_id,
          .name = after.name(),
          .type = type,
          .before = before,
          .after = &after,
          .scope = {absl::StrCat("calls/", rpc::NameIds(after.track())[0]), after.organisation()}};
}

// Staff act on behalf of any organisation.
absl::Status MayWriteFor(const runtime::Context& ctx, const rules::Mandates& held,
                         const std::string& organisation) {
  return ctx.caller().is(options::v1::ROLE_STAFF)
             ? absl::OkStatus()
             : rules::CheckMandate(held, {organisation}, rules::kEditor);
}

// For a repeated request: who may write for an organisation as soon as they may is ahead of the
// copy of the register.
absl::StatusOr<v1::Idea> CurrentIdea(db::Tx& tx, const runtime::Keyring& keyring,
                                     const runtime::Context& ctx, const rules::Mandates& held,
                                     const std::string& id) {
  ASSIGN_OR_RETURN(auto idea, store::GetIdea(tx, keyring, id, rules::Viewer()));
  if (MayWriteFor(ctx, held, idea.organisation()).ok()) {
    return idea;
  }
  return store::GetIdea(tx, keyring, id, rules::ViewerOf(ctx.caller()));
}

}  // namespace

absl::StatusOr<v1::Idea> ProposalsService::SubmitIdea(const Context& ctx,
                                                      const v1::SubmitIdeaRequest& req) {
  const v1::Idea& wanted = req.idea();
  ASSIGN_OR_RETURN(const auto organisation, FindOrganisation(ctx, wanted.organisation()));
  ASSIGN_OR_RETURN(const auto held, MandatesOf(ctx));
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Idea> {
        RETURN_IF_ERROR(MayWriteFor(ctx, held, wanted.organisation()));
        ASSIGN_OR_RETURN(const Place place, FindPlace(tx, ctx, wanted.track()));
        ASSIGN_OR_RETURN(auto idea,
                         rules::Submit(place.call, place.track, organisation, wanted, ctx.now()));
        idea.set_name(absl::StrCat("ideas/", runtime::NewUuid()));
        ASSIGN_OR_RETURN(*idea.mutable_reference(),
                         store::NextReference(tx, place.call.reference_prefix()));
        ASSIGN_OR_RETURN(idea, store::InsertIdea(tx, keyring_, idea, ctx.now()));
        RETURN_IF_ERROR(changes::Append(
            tx, keyring_, {IdeaRecord(ctx, req.request_id(), "idea.received", nullptr, idea)}));
        return idea;
      },
      [&](db::Tx& tx, const std::string& name) {
        return CurrentIdea(tx, keyring_, ctx, held, rpc::NameIds(name)[0]);
      });
}

absl::StatusOr<v1::Idea> ProposalsService::WithdrawIdea(const Context& ctx,
                                                        const v1::WithdrawIdeaRequest& req) {
  const std::string id = rpc::NameIds(req.name())[0];
  ASSIGN_OR_RETURN(const auto held, MandatesOf(ctx));
  std::optional<std::vector<std::string>> organisations;
  if (!ctx.caller().is(options::v1::ROLE_STAFF)) {
    organisations = rules::OrganisationsOf(held);
  }
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Idea> {
        ASSIGN_OR_RETURN(const auto before, store::LockIdea(tx, keyring_, id, organisations));
        RETURN_IF_ERROR(MayWriteFor(ctx, held, before.organisation()));
        ASSIGN_OR_RETURN(auto after, rules::Withdraw(before));
        ASSIGN_OR_RETURN(after, store::SaveIdea(tx, keyring_, after, ctx.now()));
        RETURN_IF_ERROR(changes::Append(
            tx, keyring_, {IdeaRecord(ctx, req.request_id(), "idea.withdrawn", &before, after)}));
        return after;
      },
      [&](db::Tx& tx, const std::string&) { return CurrentIdea(tx, keyring_, ctx, held, id); });
}

absl::StatusOr<v1::Idea> ProposalsService::GetIdea(const Context& ctx,
                                                   const v1::GetIdeaRequest& req) {
  return db_.Read(ctx, [&](db::Tx& tx) {
    return store::GetIdea(tx, keyring_, rpc::NameIds(req.name())[0], rules::ViewerOf(ctx.caller()));
  });
}

absl::StatusOr<v1::ListIdeasResponse> ProposalsService::ListIdeas(const Context& ctx,
                                                                  const v1::ListIdeasRequest& req) {
  ASSIGN_OR_RETURN(const auto filter,
                   rpc::ParseFilter(req.filter(), {{"call", "calls/*"},
                                                   {"track", "calls/*/tracks/*"},
                                                   {"organisation", "organisations/*"},
                                                   {"state", v1::Idea::State_descriptor()}}));
  ASSIGN_OR_RETURN(auto page, rpc::StartPage(keyring_, ctx, req));
  store::IdeaQuery query{.viewer = rules::ViewerOf(ctx.caller()),
                         .call = filter.Id("call"),
                         .track = filter.Id("track"),
                         .organisation = filter.Id("organisation"),
                         .state = filter.Number("state"),
                         .limit = page.size + 1};
  if (!page.after.empty()) {
    query.after = page.after[0];
  }
  ASSIGN_OR_RETURN(auto found, changes::ReadList(db_, ctx, page, [&](db::Tx& tx) {
                     return store::ListIdeas(tx, query);
                   }));
  v1::ListIdeasResponse response;
  rpc::PageFiller filler(keyring_, ctx, req, page, response);
  for (v1::Idea& idea : found) {
    if (!filler.Take(idea, rpc::NameIds(idea.name()))) {
      break;
    }
  }
  return response;
}

}  // namespace scharnier::proposals
