// File: service.h
// The methods of scharnier.notifications.v1.MessageService.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_SERVICE_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/rpc/service_table.h"
#include "common/runtime/context.h"
#include "common/runtime/keyring.h"
#include "scharnier/notifications/v1/message_service.pb.h"

namespace scharnier::notifications {

// Thread-safe. Contracts stand in the proto.
class MessageService {
 public:
  MessageService(db::Database& database, const runtime::Keyring& keyring)
      : database_(database), keyring_(keyring) {}

  // The table of the methods; the service outlives it.
  rpc::ServiceTable Table();

  absl::StatusOr<v1::Message> GetMessage(const runtime::Context& ctx,
                                         const v1::GetMessageRequest& request);
  absl::StatusOr<v1::ListMessagesResponse> ListMessages(const runtime::Context& ctx,
                                                        const v1::ListMessagesRequest& request);

 private:
  db::Database& database_;
  const runtime::Keyring& keyring_;
};

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_SERVICE_H_
