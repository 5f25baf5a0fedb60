#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/changes/position.h"
#include "common/changes/record.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/rpc/field_mask.h"
#include "common/rpc/filter.h"
#include "common/rpc/names.h"
#include "common/rpc/paging.h"
#include "common/types/etag.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "scharnier/types/v1/region.pb.h"
#include "services/events/rules/access.h"
#include "services/events/rules/session.h"
#include "services/events/seats.h"
#include "services/events/service.h"
#include "services/events/store/registrations.h"
#include "services/events/store/series.h"

namespace scharnier::events {
namespace {

// The record of a change of a session; a draft's leaves the house in no feed.
changes::Record SessionRecord(const runtime::Context& ctx, const std::string& request_id,
                              const char* type, const v1::Session* before,
                              const v1::Session& after) {
  const bool draft = after.state() == v1::Session::STATE_DRAFT;
  return {.ctx = &ctx,
          .request_id = request_id,
          .name = after.name(),
          .type = draft ? "" : type,
          .before = before,
          .after = &after,
          .audience = changes::Audience::kPublic,
          .scope = {after.series(), after.name()}};
}

// A beginning in a page token, to the microsecond that the database keeps.
std::string FormatPlace(absl::Time begins) {
  return begins == absl::InfiniteFuture() ? "" : absl::StrCat(absl::ToUnixMicros(begins));
}
absl::Time ParsePlace(const std::string& text) {
  int64_t micros = 0;
  return absl::SimpleAtoi(text, &micros) ? absl::FromUnixMicros(micros) : absl::InfiniteFuture();
}

// The session as it is now, for a repeated request.
absl::StatusOr<v1::Session> Current(db::Tx& tx, const std::string& name) {
  ASSIGN_OR_RETURN(auto locked, store::LockSession(tx, rpc::NameIds(name)[0]));
  return locked.session;
}

}  // namespace

absl::StatusOr<v1::Session> EventsService::CreateSession(const Context& ctx,
                                                         const v1::CreateSessionRequest& req) {
  v1::Session session = req.session();
  RETURN_IF_ERROR(rules::CheckSession(session));
  rules::Complete(session);
  session.set_state(v1::Session::STATE_DRAFT);
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Session> {
        ASSIGN_OR_RETURN(auto made, store::InsertSession(tx, session, ctx.now()));
        RETURN_IF_ERROR(changes::Append(
            tx, keyring_,
            {SessionRecord(ctx, req.request_id(), "session.created", nullptr, made)}));
        return made;
      },
      Current);
}

absl::StatusOr<v1::Session> EventsService::UpdateSession(const Context& ctx,
                                                         const v1::UpdateSessionRequest& req) {
  const std::string id = rpc::NameIds(req.session().name())[0];
  ASSIGN_OR_RETURN(const auto fields, rpc::MaskedFields(req.update_mask(), req.session()));
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Session> {
        ASSIGN_OR_RETURN(auto locked, store::LockSession(tx, id));
        const v1::Session& before = locked.session;
        RETURN_IF_ERROR(types::CheckEtag(before.etag(), req.session().etag(), "session.etag"));
        v1::Session after = before;
        rpc::ApplyFields(fields, req.session(), after);
        RETURN_IF_ERROR(rules::CheckSession(after));
        rules::Complete(after);
        const auto changed = rpc::ChangedFields(before, after);
        if (changed.empty()) {
          return before;
        }
        ASSIGN_OR_RETURN(const int largest, store::LargestWaitingParty(tx, id));
        RETURN_IF_ERROR(rules::MayUpdate(before, after, changed, largest));
        // Added seats go to the first in line at once.
        locked.line.capacity =
            after.has_capacity() ? std::optional<int>(after.capacity()) : std::nullopt;
        ASSIGN_OR_RETURN(after, store::SaveSession(tx, after, ctx.now()));
        ASSIGN_OR_RETURN(const auto promoted, PromoteWaiters(tx, ctx, after, locked.line));
        RETURN_IF_ERROR(store::SaveLine(tx, id, locked.line));
        after.set_confirmed_seats(locked.line.confirmed);
        after.set_waiting_seats(locked.line.waiting_seats);
        std::vector<changes::Record> records = {
            SessionRecord(ctx, req.request_id(), "session.updated", &before, after)};
        for (size_t i = 0; i < promoted.after.size(); ++i) {
          records.push_back(RegistrationRecord(ctx, req.request_id(), "registration.promoted",
                                               after, &promoted.before[i], promoted.after[i]));
        }
        RETURN_IF_ERROR(changes::Append(tx, keyring_, records));
        return after;
      },
      Current);
}

absl::StatusOr<v1::Session> EventsService::PublishSession(const Context& ctx,
                                                          const v1::PublishSessionRequest& req) {
  const std::string id = rpc::NameIds(req.name())[0];
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Session> {
        ASSIGN_OR_RETURN(const auto locked, store::LockSession(tx, id));
        ASSIGN_OR_RETURN(
            const auto series,
            store::GetSeries(tx, rpc::NameIds(locked.session.series())[0], /*drafts=*/true));
        ASSIGN_OR_RETURN(auto after, rules::Publish(locked.session, series));
        ASSIGN_OR_RETURN(after, store::SaveSession(tx, after, ctx.now()));
        RETURN_IF_ERROR(changes::Append(
            tx, keyring_,
            {SessionRecord(ctx, req.request_id(), "session.published", &locked.session, after)}));
        return after;
      },
      Current);
}

void EventsService::GetSession(const Context& ctx, const v1::GetSessionRequest& req,
                               rpc::Done<v1::Session> done) {
  get_session_.Submit("", ctx, {rpc::NameIds(req.name())[0], rules::SeesDrafts(ctx.caller())},
                      std::move(done));
}

EventsService::Answers<v1::Session> EventsService::GetSessionBatch(
    const std::vector<GetSessionBatcher::Call*>& calls) {
  std::vector<store::SessionQuestion> questions;
  absl::Time deadline = absl::InfinitePast();
  for (const auto* call : calls) {
    questions.push_back(call->item);
    deadline = std::max(deadline, call->ctx->deadline());
  }
  const Context batch({.now = calls[0]->ctx->now(),
                       .deadline = deadline,
                       .method = calls[0]->ctx->method(),
                       .trace = calls[0]->ctx->trace()});
  ASSIGN_OR_RETURN(auto found,
                   db_.Read(batch, [&](db::Tx& tx) { return store::GetSessions(tx, questions); }));
  std::vector<absl::StatusOr<v1::Session>> answers;
  for (size_t i = 0; i < calls.size(); ++i) {
    if (found[i].has_value()) {
      answers.emplace_back(*std::move(found[i]));
    } else {
      answers.emplace_back(
          errors::Error(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND, "there is no such session")
              .With("name", absl::StrCat("sessions/", questions[i].id)));
    }
  }
  return answers;
}

absl::StatusOr<v1::ListSessionsResponse> EventsService::ListSessions(
    const Context& ctx, const v1::ListSessionsRequest& req) {
  ASSIGN_OR_RETURN(const auto filter,
                   rpc::ParseFilter(req.filter(), {{"series", "series/*"},
                                                   {"state", v1::Session::State_descriptor()},
                                                   {"mode", v1::Session::Mode_descriptor()},
                                                   {"region", types::v1::Region_descriptor()}}));
  ASSIGN_OR_RETURN(auto page, rpc::StartPage(keyring_, ctx, req));
  store::SessionQuery query{.drafts = rules::SeesDrafts(ctx.caller()),
                            .series = filter.Id("series"),
                            .state = filter.Number("state"),
                            .mode = filter.Number("mode"),
                            .region = filter.Number("region"),
                            .limit = page.size + 1};
  if (!page.after.empty()) {
    query.after_begins = ParsePlace(page.after[0]);
    query.after_id = page.after[1];
  }
  ASSIGN_OR_RETURN(auto found, changes::ReadList(db_, ctx, page, [&](db::Tx& tx) {
                     return store::ListSessions(tx, query);
                   }));
  v1::ListSessionsResponse response;
  rpc::PageFiller filler(keyring_, ctx, req, page, response);
  for (auto& [session, begins] : found) {
    if (!filler.Take(session, {FormatPlace(begins), rpc::NameIds(session.name())[0]})) {
      break;
    }
  }
  return response;
}

}  // namespace scharnier::events
