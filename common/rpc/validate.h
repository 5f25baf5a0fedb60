// File: validate.h
// Checks a request against the field rules of its proto, once for all methods.

#ifndef SCHARNIER_COMMON_RPC_VALIDATE_H_
#define SCHARNIER_COMMON_RPC_VALIDATE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace scharnier::rpc {

// Clears output-only and unknown fields, brings strings to NFC, and checks every rule
// (scharnier.options.v1.rules) in all messages below. Reports the first 20 violations by field path
// ("registration.attendees[0].email"), never the value.
//
// Beyond the rules: enum values are known, elements of lists of enums are not zero, timestamps and
// durations lie within what their types allow and durations are not negative, free text holds no
// national register number.
//
// A resource beside a field `update_mask` needs its name and etag; `required` holds for its masked
// fields alone ("*": all), or, without a mask, for those that are set.
//
// Errors: INVALID_ARGUMENT NAME_INVALID, FIELD_MISSING or FIELD_INVALID: the reason of the first
// violation.
absl::Status Validate(google::protobuf::Message& request);

// What is wrong with the rules of a request type, one line each: a string without format, resource
// or max_chars; a repeated field without max_items; a rule that its field's type does not have.
// Empty is well.
std::vector<std::string> RuleGaps(const google::protobuf::Descriptor* request);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_VALIDATE_H_
