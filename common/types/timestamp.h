// File: timestamp.h
// absl::Time and google.protobuf.Timestamp.

#ifndef SCHARNIER_COMMON_TYPES_TIMESTAMP_H_
#define SCHARNIER_COMMON_TYPES_TIMESTAMP_H_

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace scharnier::types {

google::protobuf::Timestamp ToProto(absl::Time time);
absl::Time FromProto(const google::protobuf::Timestamp& timestamp);

}  // namespace scharnier::types

#endif  // SCHARNIER_COMMON_TYPES_TIMESTAMP_H_
