#include "common/types/violations.h"

namespace scharnier::types {
namespace {

absl::string_view Message(v1::ErrorReason reason) {
  switch (reason) {
    case v1::ERROR_REASON_FIELD_MISSING:
      return "a required field is missing";
    case v1::ERROR_REASON_NAME_INVALID:
      return "a resource name does not have the form that its field asks for";
    default:
      return "the value of a field is not acceptable";
  }
}

absl::Status One(v1::ErrorReason reason, absl::string_view path, absl::string_view description) {
  Violations violations;
  violations.Add(reason, path, description);
  return violations.status();
}

}  // namespace

void Violations::Add(v1::ErrorReason reason, absl::string_view path,
                     absl::string_view description) {
  if (!error_.has_value()) {
    error_ = errors::Error(reason, Message(reason));
  }
  error_->Field(path, description);
}

absl::Status Violations::status() const {
  return error_.has_value() ? absl::Status(*error_) : absl::OkStatus();
}

absl::Status FieldMissing(absl::string_view path, absl::string_view description) {
  return One(v1::ERROR_REASON_FIELD_MISSING, path, description);
}

absl::Status FieldInvalid(absl::string_view path, absl::string_view description) {
  return One(v1::ERROR_REASON_FIELD_INVALID, path, description);
}

}  // namespace scharnier::types
