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

// Clears output-only fields, brings strings to NFC, and checks every rule (scharnier.options.v1.rules) in all messages below. Reports
// the first 20 violations by field path ("registration.attendees[0].email"), never the value.
// With an `update_mask` field beside a resource in the request, `required` holds for the masked paths of it alone.
// Errors: INVALID_ARGUMENT NAME_INVALID, FIELD_MISSING or FIELD_INVALID: the reason of the first violation.
absl::Status Validate(google::protobuf::Message& request);

// What is wrong with the rules of a request type, one line each: a string without format, resource or max_chars; a repeated
// field without max_items. Empty is well.
std::vector<std::string> RuleGaps(const google::protobuf::Descriptor* request);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_VALIDATE_H_
