#include "services/proposals/store/calls.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/changes/position.h"
#include "common/changes/record.h"
#include "common/errors/macros.h"
#include "common/rpc/field_mask.h"
#include "common/rpc/filter.h"
#include "common/rpc/names.h"
#include "common/rpc/paging.h"
#include "common/runtime/uuid.h"
#include "common/types/etag.h"
#include "scharnier/types/v1/region.pb.h"
#include "services/proposals/rules/access.h"
#include "services/proposals/rules/call.h"
#include "services/proposals/service.h"

namespace scharnier::proposals {
namespace {

// The record of a change of a call; a draft's leaves the house in no feed.
changes::Record CallRecord(const runtime::Context& ctx, const std::string& request_id,
                           const char* type, const v1::Call* before, const v1::Call& after) {
  const bool draft = after.state() == v1::Call::STATE_DRAFT;
  return {.ctx = &ctx,
          .request_id = request_id,
          .name = after.name(),
          .type = draft ? "" : type,
          .before = before,
          .after = &after,
          .audience = changes::Audience::kPublic,
          .scope = {after.name()}};
}

void NameNewTracks(v1::Call& call) {
  for (v1::Track& track : *call.mutable_tracks()) {
    if (track.name().empty()) {
      track.set_name(absl::StrCat(call.name(), "/tracks/", runtime::NewUuid()));
    }
  }
}

// The call with the fields of an update, checked and completed.
absl::StatusOr<v1::Call> Changed(const v1::Call& before, const v1::Call& given,
                                 const std::set<std::string>& fields) {
  v1::Call after = before;
  rpc::ApplyFields(fields, given, after);
  RETURN_IF_ERROR(rules::CheckCall(after));
  RETURN_IF_ERROR(rules::CheckTrackNames(before, after));
  rules::Complete(after);
  NameNewTracks(after);
  return after;
}

// The call as it is now, for a repeated request.
absl::StatusOr<v1::Call> CurrentCall(db::Tx& tx, const std::string& name) {
  return store::GetCall(tx, rpc::NameIds(name)[0], /*drafts=*/true);
}

}  // namespace

absl::StatusOr<v1::Call> ProposalsService::CreateCall(const Context& ctx,
                                                      const v1::CreateCallRequest& req) {
  v1::Call call = req.call();
  RETURN_IF_ERROR(rules::CheckCall(call));
  rules::Complete(call);
  call.set_state(v1::Call::STATE_DRAFT);
  call.set_name(absl::StrCat("calls/", runtime::NewUuid()));
  for (v1::Track& track : *call.mutable_tracks()) {
    track.clear_name();
  }
  NameNewTracks(call);
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Call> {
        ASSIGN_OR_RETURN(auto made, store::InsertCall(tx, call, ctx.now()));
        RETURN_IF_ERROR(changes::Append(
            tx, keyring_, {CallRecord(ctx, req.request_id(), "call.created", nullptr, made)}));
        return made;
      },
      CurrentCall);
}

absl::StatusOr<v1::Call> ProposalsService::UpdateCall(const Context& ctx,
                                                      const v1::UpdateCallRequest& req) {
  const std::string id = rpc::NameIds(req.call().name())[0];
  ASSIGN_OR_RETURN(const auto fields, rpc::MaskedFields(req.update_mask(), req.call()));
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Call> {
        ASSIGN_OR_RETURN(auto before, store::LockCall(tx, id));
        RETURN_IF_ERROR(types::CheckEtag(before.etag(), req.call().etag(), "call.etag"));
        RETURN_IF_ERROR(rules::MayUpdate(before));
        ASSIGN_OR_RETURN(auto after, Changed(before, req.call(), fields));
        if (rpc::ChangedFields(before, after).empty()) {
          return before;
        }
        ASSIGN_OR_RETURN(after, store::SaveCall(tx, after, ctx.now()));
        RETURN_IF_ERROR(changes::Append(
            tx, keyring_, {CallRecord(ctx, req.request_id(), "call.updated", &before, after)}));
        return after;
      },
      CurrentCall);
}

absl::StatusOr<v1::Call> ProposalsService::PublishCall(const Context& ctx,
                                                       const v1::PublishCallRequest& req) {
  const std::string id = rpc::NameIds(req.name())[0];
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Call> {
        ASSIGN_OR_RETURN(auto before, store::LockCall(tx, id));
        ASSIGN_OR_RETURN(auto after, rules::Publish(before, ctx.now()));
        ASSIGN_OR_RETURN(after, store::SaveCall(tx, after, ctx.now()));
        RETURN_IF_ERROR(changes::Append(
            tx, keyring_, {CallRecord(ctx, req.request_id(), "call.published", &before, after)}));
        return after;
      },
      CurrentCall);
}

absl::StatusOr<v1::Call> ProposalsService::AmendCall(const Context& ctx,
                                                     const v1::AmendCallRequest& req) {
  const std::string id = rpc::NameIds(req.call().name())[0];
  ASSIGN_OR_RETURN(const auto fields, rpc::MaskedFields(req.update_mask(), req.call()));
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Call> {
        ASSIGN_OR_RETURN(auto before, store::LockCall(tx, id));
        RETURN_IF_ERROR(types::CheckEtag(before.etag(), req.call().etag(), "call.etag"));
        RETURN_IF_ERROR(rules::MayAmend(before));
        ASSIGN_OR_RETURN(auto after, Changed(before, req.call(), fields));
        if (rpc::ChangedFields(before, after).empty()) {
          return before;
        }
        ASSIGN_OR_RETURN(after, rules::Amend(before, after, req.reason(), ctx.now()));
        ASSIGN_OR_RETURN(const bool submitted, store::WasSubmittedTo(tx, id));
        if (submitted) {
          RETURN_IF_ERROR(rules::CheckSameEligibility(before, after));
        }
        ASSIGN_OR_RETURN(after, store::SaveCall(tx, after, ctx.now()));
        changes::Record record = CallRecord(ctx, req.request_id(), "call.amended", &before, after);
        record.reason = req.reason().nl();
        RETURN_IF_ERROR(changes::Append(tx, keyring_, {record}));
        return after;
      },
      CurrentCall);
}

absl::StatusOr<v1::Call> ProposalsService::GetCall(const Context& ctx,
                                                   const v1::GetCallRequest& req) {
  return db_.Read(ctx, [&](db::Tx& tx) {
    return store::GetCall(tx, rpc::NameIds(req.name())[0], rules::SeesDrafts(ctx.caller()));
  });
}

absl::StatusOr<v1::ListCallsResponse> ProposalsService::ListCalls(const Context& ctx,
                                                                  const v1::ListCallsRequest& req) {
  ASSIGN_OR_RETURN(const auto filter,
                   rpc::ParseFilter(req.filter(), {{"state", v1::Call::State_descriptor()},
                                                   {"region", types::v1::Region_descriptor()}}));
  ASSIGN_OR_RETURN(auto page, rpc::StartPage(keyring_, ctx, req));
  store::CallQuery query{.drafts = rules::SeesDrafts(ctx.caller()),
                         .state = filter.Number("state"),
                         .region = filter.Number("region"),
                         .limit = page.size + 1};
  if (!page.after.empty()) {
    query.after = page.after[0];
  }
  ASSIGN_OR_RETURN(auto found, changes::ReadList(db_, ctx, page, [&](db::Tx& tx) {
                     return store::ListCalls(tx, query);
                   }));
  v1::ListCallsResponse response;
  rpc::PageFiller filler(keyring_, ctx, req, page, response);
  for (v1::Call& call : found) {
    if (!filler.Take(call, rpc::NameIds(call.name()))) {
      break;
    }
  }
  return response;
}

absl::StatusOr<v1::ListInvolvedOrganisationsResponse> ProposalsService::ListInvolvedOrganisations(
    const Context& ctx, const v1::ListInvolvedOrganisationsRequest& req) {
  const std::string call = rpc::NameIds(req.call())[0];
  ASSIGN_OR_RETURN(const auto page, rpc::StartPage(keyring_, ctx, req));
  std::optional<std::string> after;
  if (!page.after.empty()) {
    after = page.after[0];
  }
  ASSIGN_OR_RETURN(const auto found, db_.Read(ctx, [&](db::Tx& tx) {
    return store::ListInvolvedOrganisations(tx, call, after, page.size + 1);
  }));
  if (found.empty()) {
    // Nobody, or no such call: the rare case pays for a second look.
    RETURN_IF_ERROR(db_.Read(ctx,
                             [&](db::Tx& tx) {
                               return store::GetCall(tx, call, rules::SeesDrafts(ctx.caller()));
                             })
                        .status());
  }
  v1::ListInvolvedOrganisationsResponse response;
  rpc::PageFiller filler(keyring_, ctx, req, page, response);
  for (const std::string& id : found) {
    v1::InvolvedOrganisation involved;
    involved.set_organisation(absl::StrCat("organisations/", id));
    if (!filler.Take(involved, {id})) {
      break;
    }
  }
  return response;
}

}  // namespace scharnier::proposals
