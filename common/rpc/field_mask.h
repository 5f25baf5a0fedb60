// File: field_mask.h
// Updates by field mask (AIP-134, AIP-161).

#ifndef SCHARNIER_COMMON_RPC_FIELD_MASK_H_
#define SCHARNIER_COMMON_RPC_FIELD_MASK_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace scharnier::rpc {

// The top-level fields of `patch` that an update is about: those of the mask, or, without one,
// those that are set; "*" is all. Output-only fields, name and etag are left out. Errors:
// INVALID_ARGUMENT FIELD_MASK_INVALID for a path that is unknown, below the top level, output-only
// or given twice; FIELD_MISSING where there is neither a mask nor a field that is set.
absl::StatusOr<std::set<std::string>> MaskedFields(const google::protobuf::FieldMask& mask,
                                                   const google::protobuf::Message& patch);

// Replaces these fields of `resource` by those of `patch`; a field that is not set there is
// cleared. A member of a oneof replaces the others.
void ApplyFields(const std::set<std::string>& fields, const google::protobuf::Message& patch,
                 google::protobuf::Message& resource);

// The top-level fields whose values differ.
std::set<std::string> ChangedFields(const google::protobuf::Message& before,
                                    const google::protobuf::Message& after);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_FIELD_MASK_H_
