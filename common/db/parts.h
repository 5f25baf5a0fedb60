// File: parts.h
// The three columns of a resource that has personal and sensitive fields: body, personal, and
// sealed, which is encrypted and opened for those alone who may read answers.

#ifndef SCHARNIER_COMMON_DB_PARTS_H_
#define SCHARNIER_COMMON_DB_PARTS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "common/db/tx.h"
#include "common/runtime/keyring.h"
#include "google/protobuf/message.h"

namespace scharnier::db {

// What may stand in `body`, and what stands in `personal`.
Bytes BodyPart(const google::protobuf::Message& resource);
Bytes PersonalPart(const google::protobuf::Message& resource);

struct Parts {
  Bytes body, personal;
  std::optional<Bytes> sealed;
};
// Takes a resource apart; what stands in columns of its own was cleared. `row` names the row, such
// as "idea/<uuid>": what is sealed opens there alone.
Parts Split(const runtime::Keyring& keyring, const google::protobuf::Message& resource,
            const std::string& row);

// Adds the column `personal` to the body of a row. Errors: INTERNAL INTERNAL_FAULT.
absl::Status JoinPersonal(const Row& columns, google::protobuf::Message& resource);
// Adds the column `sealed`, if it is not NULL; `row` as in Split. Errors: INVALID_ARGUMENT where it
// was sealed for another row, or by a key that is gone.
absl::Status JoinSealed(const Row& columns, const runtime::Keyring& keyring, const std::string& row,
                        google::protobuf::Message& resource);

}  // namespace scharnier::db

#endif  // SCHARNIER_COMMON_DB_PARTS_H_
