#include "services/events/store/series.h"

#include <optional>
#include <string>
#include <utility>

#include "common/changes/position.h"
#include "common/changes/record.h"
#include "common/errors/macros.h"
#include "common/rpc/filter.h"
#include "common/rpc/names.h"
#include "common/rpc/paging.h"
#include "services/events/rules/access.h"
#include "services/events/rules/session.h"
#include "services/events/service.h"

namespace scharnier::events {
absl::StatusOr<v1::Series> EventsService::CreateSeries(const Context& ctx,
                                                       const v1::CreateSeriesRequest& req) {
  v1::Series series = req.series();
  RETURN_IF_ERROR(rules::CheckSeries(series));
  rules::Complete(series);
  series.set_state(v1::Series::STATE_DRAFT);
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Series> {
        ASSIGN_OR_RETURN(auto made, store::InsertSeries(tx, series, ctx.now()));
        RETURN_IF_ERROR(changes::Append(
            tx, keyring_,
            {{.ctx = &ctx, .request_id = req.request_id(), .name = made.name(), .after = &made}}));
        return made;
      },
      [&](db::Tx& tx, const std::string& name) {
        return store::LockSeries(tx, rpc::NameIds(name)[0]);
      });
}

absl::StatusOr<v1::Series> EventsService::PublishSeries(const Context& ctx,
                                                        const v1::PublishSeriesRequest& req) {
  const std::string id = rpc::NameIds(req.name())[0];
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Series> {
        ASSIGN_OR_RETURN(const auto before, store::LockSeries(tx, id));
        ASSIGN_OR_RETURN(auto after, rules::Publish(before));
        ASSIGN_OR_RETURN(after, store::SaveSeries(tx, after, ctx.now()));
        RETURN_IF_ERROR(changes::Append(tx, keyring_,
                                        {{.ctx = &ctx,
                                          .request_id = req.request_id(),
                                          .name = after.name(),
                                          .type = "series.published",
                                          .before = &before,
                                          .after = &after,
                                          .audience = changes::Audience::kPublic,
                                          .scope = {after.name()}}}));
        return after;
      },
      [&](db::Tx& tx, const std::string&) { return store::LockSeries(tx, id); });
}

absl::StatusOr<v1::Series> EventsService::GetSeries(const Context& ctx,
                                                    const v1::GetSeriesRequest& req) {
  return db_.Read(ctx, [&](db::Tx& tx) {
    return store::GetSeries(tx, rpc::NameIds(req.name())[0], rules::SeesDrafts(ctx.caller()));
  });
}

absl::StatusOr<v1::ListSeriesResponse> EventsService::ListSeries(const Context& ctx,
                                                                 const v1::ListSeriesRequest& req) {
  ASSIGN_OR_RETURN(const auto filter,
                   rpc::ParseFilter(req.filter(), {{"state", v1::Series::State_descriptor()}}));
  ASSIGN_OR_RETURN(auto page, rpc::StartPage(keyring_, ctx, req));
  store::SeriesQuery query{.drafts = rules::SeesDrafts(ctx.caller()),
                           .state = filter.Number("state"),
                           .limit = page.size + 1};
  if (!page.after.empty()) {
    query.after = page.after[0];
  }
  ASSIGN_OR_RETURN(auto found, changes::ReadList(db_, ctx, page, [&](db::Tx& tx) {
                     return store::ListSeries(tx, query);
                   }));
  v1::ListSeriesResponse response;
  rpc::PageFiller filler(keyring_, ctx, req, page, response);
  for (v1::Series& series : found) {
    if (!filler.Take(series, rpc::NameIds(series.name()))) {
      break;
    }
  }
  return response;
}

}  // namespace scharnier::events
