// File: violations.h
// Complaints about fields of a request, one or many, as the errors that every service gives.
//
//   if (!form.has_title()) return FieldMissing("session.form.title", "a form needs a title");

#ifndef SCHARNIER_COMMON_TYPES_VIOLATIONS_H_
#define SCHARNIER_COMMON_TYPES_VIOLATIONS_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/errors/errors.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::types {

// Collects complaints; the first says the reason of the error.
class Violations {
 public:
  // `reason` is one of FIELD_MISSING, FIELD_INVALID, NAME_INVALID; `path` leads to the field
  // ("registration.attendees[0].email"); `description` says what is accepted and quotes no input.
  void Add(v1::ErrorReason reason, absl::string_view path, absl::string_view description);

  // OK without complaints. Else INVALID_ARGUMENT with the first 20.
  absl::Status status() const;

 private:
  std::optional<errors::Builder> error_;
};

// One complaint. INVALID_ARGUMENT FIELD_MISSING.
absl::Status FieldMissing(absl::string_view path, absl::string_view description);
// One complaint. INVALID_ARGUMENT FIELD_INVALID.
absl::Status FieldInvalid(absl::string_view path, absl::string_view description);

}  // namespace scharnier::types

#endif  // SCHARNIER_COMMON_TYPES_VIOLATIONS_H_
