#include "services/proposals/store/parts.h"

#include <memory>

#include "common/db/message_column.h"
#include "common/errors/macros.h"
#include "common/types/parts.h"

namespace scharnier::proposals::store {
namespace {

using google::protobuf::Message;

std::unique_ptr<Message> Copy(const Message& message) {
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

absl::Status Join(absl::string_view bytes, Message& resource) {
  const std::unique_ptr<Message> part(resource.New());
  RETURN_IF_ERROR(db::ParseInto(bytes, *part));
  // What a newer release has put there is personal too: joined, it would be written into the body
  // and the feed.
  part->DiscardUnknownFields();
  types::Join(*part, resource);
  return absl::OkStatus();
}

}  // namespace

Parts Split(const runtime::Keyring& keyring, const Message& resource, const std::string& row) {
  const std::unique_ptr<Message> body = Copy(resource), personal = Copy(resource),
                                 sensitive = Copy(resource);
  types::ClearPersonal(*body);
  types::KeepPersonal(*personal);
  types::KeepSensitive(*sensitive);
  Parts parts{db::Serialise(*body), db::Serialise(*personal), std::nullopt};
  if (const std::string answers = sensitive->SerializeAsString(); !answers.empty()) {
    parts.sealed = db::Bytes{keyring.Seal(runtime::Keyring::kEnvelope, answers, row)};
  }
  return parts;
}

absl::Status JoinPersonal(const db::Row& columns, Message& resource) {
  return Join(columns.Get<db::Bytes>("personal").value, resource);
}

absl::Status JoinSealed(const db::Row& columns, const runtime::Keyring& keyring,
                        const std::string& row, Message& resource) {
  if (columns.IsNull("sealed")) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(
      const std::string opened,
      keyring.Open(runtime::Keyring::kEnvelope, columns.Get<db::Bytes>("sealed").value, row));
  return Join(opened, resource);
}

}  // namespace scharnier::proposals::store
