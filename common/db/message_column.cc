#include "common/db/message_column.h"

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::db {

Bytes Serialise(const google::protobuf::Message& message) {
  return Bytes{message.SerializeAsString()};
}

absl::Status ParseInto(absl::string_view bytes, google::protobuf::Message& message) {
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return errors::Error(types::v1::ERROR_REASON_INTERNAL_FAULT,
                         absl::StrCat("a stored ", message.GetTypeName(), " cannot be read"));
  }
  return absl::OkStatus();
}

}  // namespace scharnier::db
