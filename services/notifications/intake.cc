#include "services/notifications/intake.h"

#include <optional>
#include <vector>

#include "common/changes/record.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "scharnier/events/v1/registration.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/notifications/rules/purposes.h"
#include "services/notifications/store/messages.h"

namespace scharnier::notifications {

namespace ty = ::scharnier::types::v1;

changes::Subscriber::Apply QueueMessages(const runtime::Keyring& keyring) {
  return [&keyring](const runtime::Context& ctx, db::Tx& tx,
                    const ::scharnier::changes::v1::Change& change) -> absl::Status {
    const std::optional<v1::Purpose> purpose = rules::PurposeOf(change.type());
    if (!purpose.has_value()) {
      return absl::OkStatus();
    }
    events::v1::Registration registration;
    if (!change.data().UnpackTo(&registration)) {
      return errors::Error(ty::ERROR_REASON_INTERNAL_FAULT, "the change holds no registration");
    }
    // The change says how many people are to be told, not who they are.
    const store::Occasion occasion{.purpose = *purpose,
                                   .object = change.subject(),
                                   .sequence = change.sequence(),
                                   .recipients = registration.recipients_size()};
    ASSIGN_OR_RETURN(const std::vector<v1::Message> messages,
                     store::InsertMessages(tx, occasion, ctx.now()));
    if (messages.empty()) {
      return absl::OkStatus();
    }
    std::vector<changes::Record> records;
    for (const v1::Message& message : messages) {
      records.push_back(
          {.ctx = &ctx, .name = message.name(), .type = "message.queued", .after = &message});
    }
    return changes::Append(tx, keyring, records);
  };
}

}  // namespace scharnier::notifications
