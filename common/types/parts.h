// File: parts.h
// A message taken apart by what its fields are about (scharnier.options.v1.Data), so that each part
// is stored in a column of its own: body, personal, and sealed for the sensitive one.
//
//   body = m; ClearPersonal(body);  personal = m; KeepPersonal(personal);  …  Join(personal, body);

#ifndef SCHARNIER_COMMON_TYPES_PARTS_H_
#define SCHARNIER_COMMON_TYPES_PARTS_H_

#include "google/protobuf/message.h"

namespace scharnier::types {

// A field that is marked goes whole, messages in it included.

// Clears, in all messages below, every field that is marked personal or sensitive. Elements of
// repeated messages stay, so that parts can be joined again; so do fields that this build does not
// know.
void ClearPersonal(google::protobuf::Message& message);
// Clears sensitive fields in the same way.
void ClearSensitive(google::protobuf::Message& message);
// Leaves personal fields alone (and the elements that lead to them).
void KeepPersonal(google::protobuf::Message& message);
// Leaves sensitive fields alone (and the elements that lead to them).
void KeepSensitive(google::protobuf::Message& message);

// Adds the fields of `part` to `message`, element by element, where `part` was cut from the same
// message.
void Join(const google::protobuf::Message& part, google::protobuf::Message& message);

}  // namespace scharnier::types

#endif  // SCHARNIER_COMMON_TYPES_PARTS_H_
