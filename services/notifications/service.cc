#include "services/notifications/service.h"

#include <optional>
#include <string>
#include <vector>

#include "common/changes/position.h"
#include "common/errors/macros.h"
#include "common/rpc/filter.h"
#include "common/rpc/names.h"
#include "common/rpc/paging.h"
#include "services/notifications/store/messages.h"

namespace scharnier::notifications {
namespace {

// What messages tell of.
constexpr char kObjects[] =
    "sessions/*/registrations/*|calls/*|calls/*/amendments/#|ideas/*|"
    "proposals/*/invitations/*|proposals/*/receipts/#|organisations/*/mandates/*";

}  // namespace

rpc::ServiceTable MessageService::Table() {
  rpc::ServiceTable table("scharnier.notifications.v1.MessageService");
  table.Unary<v1::GetMessageRequest, v1::Message>(
      "GetMessage",
      [this](const auto& ctx, const auto& request) { return GetMessage(ctx, request); });
  table.Unary<v1::ListMessagesRequest, v1::ListMessagesResponse>(
      "ListMessages",
      [this](const auto& ctx, const auto& request) { return ListMessages(ctx, request); });
  return table;
}

absl::StatusOr<v1::Message> MessageService::GetMessage(const runtime::Context& ctx,
                                                       const v1::GetMessageRequest& request) {
  const std::string id = rpc::NameIds(request.name()).front();
  return database_.Read(ctx, [&](db::Tx& tx) { return store::GetMessage(tx, id); });
}

absl::StatusOr<v1::ListMessagesResponse> MessageService::ListMessages(
    const runtime::Context& ctx, const v1::ListMessagesRequest& request) {
  ASSIGN_OR_RETURN(const rpc::Filter filter,
                   rpc::ParseFilter(request.filter(), {{"state", v1::Message::State_descriptor()},
                                                       {"purpose", v1::Purpose_descriptor()},
                                                       {"object", kObjects}}));
  ASSIGN_OR_RETURN(rpc::Page page, rpc::StartPage(keyring_, ctx, request));
  store::MessageQuery query{.state = filter.Number("state"),
                            .purpose = filter.Number("purpose"),
                            .object = filter.Name("object"),
                            .limit = page.size + 1};
  if (!page.after.empty()) {
    query.after = page.after.front();
  }
  ASSIGN_OR_RETURN(std::vector<v1::Message> messages,
                   changes::ReadList(database_, ctx, page,
                                     [&](db::Tx& tx) { return store::ListMessages(tx, query); }));
  v1::ListMessagesResponse response;
  rpc::PageFiller filler(keyring_, ctx, request, page, response);
  for (v1::Message& message : messages) {
    if (!filler.Take(message, rpc::NameIds(message.name()))) {
      break;
    }
  }
  return response;
}

}  // namespace scharnier::notifications
