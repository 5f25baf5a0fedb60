#include "common/db/parts.h"

#include <memory>

#include "common/db/message_column.h"
#include "common/errors/macros.h"
#include "common/types/parts.h"

namespace scharnier::db {
namespace {

using google::protobuf::Message;

std::unique_ptr<Message> Copy(const Message& message) {
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

absl::Status Join(absl::string_view bytes, Message& resource) {
  const std::unique_ptr<Message> part(resource.New());
  RETURN_IF_ERROR(ParseInto(bytes, *part));
  // What a newer release has put there is personal too: joined, it would be written into the body
  // and the feed.
  part->DiscardUnknownFields();
  types::Join(*part, resource);
  return absl::OkStatus();
}

}  // namespace

Bytes BodyPart(const Message& resource) {
  const std::unique_ptr<Message> body = Copy(resource);
  types::ClearPersonal(*body);
  return Serialise(*body);
}

Bytes PersonalPart(const Message& resource) {
  const std::unique_ptr<Message> personal = Copy(resource);
  types::KeepPersonal(*personal);
  return Serialise(*personal);
}

Parts Split(const runtime::Keyring& keyring, const Message& resource, const std::string& row) {
  Parts parts{BodyPart(resource), PersonalPart(resource), std::nullopt};
  const std::unique_ptr<Message> sensitive = Copy(resource);
  types::KeepSensitive(*sensitive);
  const std::string kept = sensitive->SerializeAsString();
  // Elements that lead to nothing are no reason to seal.
  types::ClearSensitive(*sensitive);
  if (kept != sensitive->SerializeAsString()) {
    parts.sealed = Bytes{keyring.Seal(runtime::Keyring::kEnvelope, kept, row)};
  }
  return parts;
}

absl::Status JoinPersonal(const Row& columns, Message& resource) {
  return Join(columns.Get<Bytes>("personal").value, resource);
}

absl::Status JoinSealed(const Row& columns, const runtime::Keyring& keyring, const std::string& row,
                        Message& resource) {
  if (columns.IsNull("sealed")) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string opened, keyring.Open(runtime::Keyring::kEnvelope,
                                                          columns.Get<Bytes>("sealed").value, row));
  return Join(opened, resource);
}

}  // namespace scharnier::db
