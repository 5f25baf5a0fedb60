// File: errors.h
// Errors as absl::Status with the details of google.rpc: always an ErrorInfo, and what else helps
// the caller.
//
//   return errors::Error(pb::ERROR_REASON_SESSION_FULL, "the session is full")
//       .With("session", name)
//       .Precondition("SEATS", name, "all 40 seats are taken");
//
// The reason says the code (its enum value's option `code`), the domain (its enum's package) and
// the text on the wire (its name without prefix). Messages are English, name no person and quote no
// input.

#ifndef SCHARNIER_COMMON_ERRORS_ERRORS_H_
#define SCHARNIER_COMMON_ERRORS_ERRORS_H_

#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/generated_enum_reflection.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace scharnier::errors {

// An error being put together; converts to absl::Status and absl::StatusOr.
class Builder {
 public:
  Builder(const google::protobuf::EnumValueDescriptor* reason, absl::string_view message);

  // Adds to ErrorInfo.metadata. Values are cut to 100 code points.
  Builder& With(absl::string_view key, absl::string_view value);
  // Adds a violation to BadRequest (the first 20 are kept) and, for the first, metadata "field".
  Builder& Field(absl::string_view path, absl::string_view description);
  // Adds a violation to PreconditionFailure (the first 20 are kept).
  Builder& Precondition(absl::string_view type, absl::string_view subject,
                        absl::string_view description);
  // Says when to try again.
  Builder& RetryAfter(absl::Duration delay);

  // NOLINTBEGIN(google-explicit-constructor): so that `return Error(…)` reads well
  operator absl::Status() const;
  template <class T>
  operator absl::StatusOr<T>() const {
    return static_cast<absl::Status>(*this);
  }
  // NOLINTEND(google-explicit-constructor)

 private:
  absl::StatusCode code_;
  std::string message_;
  google::rpc::ErrorInfo info_;
  google::rpc::BadRequest bad_request_;
  google::rpc::PreconditionFailure precondition_;
  absl::Duration retry_after_ = absl::ZeroDuration();
};

// Begins an error for a value of an enum `ErrorReason`.
template <class Reason, class = std::enable_if_t<google::protobuf::is_proto_enum<Reason>::value>>
Builder Error(Reason reason, absl::string_view message) {
  return Builder(google::protobuf::GetEnumDescriptor<Reason>()->FindValueByNumber(reason), message);
}

// The status as it goes over the wire, details together below 4 kB: larger trailers never reach the
// client.
google::rpc::Status ToProto(const absl::Status& status);
// And back.
absl::Status FromProto(const google::rpc::Status& proto);

// The status with one more entry in its ErrorInfo's metadata.
absl::Status AddMetadata(absl::Status status, absl::string_view key, absl::string_view value);

// The ErrorInfo of a status; an empty one when it has none.
google::rpc::ErrorInfo Info(const absl::Status& status);
// Whether the status has this reason.
template <class Reason, class = std::enable_if_t<google::protobuf::is_proto_enum<Reason>::value>>
bool Is(const absl::Status& status, Reason reason);

// True for a status that the caller's repetition can heal: UNAVAILABLE, ABORTED without ETAG_STALE.
bool IsTransient(const absl::Status& status);

bool HasReason(const absl::Status& status, const google::protobuf::EnumValueDescriptor* reason);

template <class Reason, class>
bool Is(const absl::Status& status, Reason reason) {
  return HasReason(status,
                   google::protobuf::GetEnumDescriptor<Reason>()->FindValueByNumber(reason));
}

}  // namespace scharnier::errors

#endif  // SCHARNIER_COMMON_ERRORS_ERRORS_H_
