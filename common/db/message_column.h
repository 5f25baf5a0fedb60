// File: message_column.h
// Protobuf messages in bytea columns.

#ifndef SCHARNIER_COMMON_DB_MESSAGE_COLUMN_H_
#define SCHARNIER_COMMON_DB_MESSAGE_COLUMN_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/db/tx.h"
#include "google/protobuf/message.h"

namespace scharnier::db {

// The message's bytes. Unknown fields, of a newer binary, survive.
Bytes Serialise(const google::protobuf::Message& message);

// Reads `bytes` into `message`. Errors: INTERNAL INTERNAL_FAULT when they are no such message.
absl::Status ParseInto(absl::string_view bytes, google::protobuf::Message& message);

// The message of a column. Errors: as ParseInto.
template <class Message>
absl::StatusOr<Message> ReadMessage(const Row& row, const char* column) {
  Message message;
  absl::Status status = ParseInto(row.Get<Bytes>(column).value, message);
  if (!status.ok()) {
    return status;
  }
  return message;
}

}  // namespace scharnier::db

#endif  // SCHARNIER_COMMON_DB_MESSAGE_COLUMN_H_
