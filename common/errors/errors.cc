#include "common/errors/errors.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/any.pb.h"
#include "google/rpc/code.pb.h"
#include "scharnier/options/v1/options.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::errors {
namespace {

constexpr size_t kMaxDetailBytes = 4000;
constexpr int kMaxViolations = 20;
constexpr int kMaxValueChars = 100;

template <class Detail>
std::string TypeUrl() {
  return absl::StrCat("type.googleapis.com/", Detail::descriptor()->full_name());
}

template <class Detail>
void SetDetail(absl::Status& status, const Detail& detail) {
  status.SetPayload(TypeUrl<Detail>(), absl::Cord(detail.SerializeAsString()));
}

// The status's detail of this type; an empty one when it has none.
template <class Detail>
Detail GetDetail(const absl::Status& status) {
  Detail detail;
  if (const auto payload = status.GetPayload(TypeUrl<Detail>()); payload.has_value()) {
    detail.ParseFromString(std::string(*payload));
  }
  return detail;
}

std::string Text(const google::protobuf::EnumValueDescriptor& reason) {
  return std::string(absl::StripPrefix(reason.name(), "ERROR_REASON_"));
}

absl::StatusCode Code(const google::protobuf::EnumValueDescriptor& reason) {
  const google::rpc::Code code = reason.options().GetExtension(options::v1::code);
  // Without its option an error would pass for success.
  return code == google::rpc::OK ? absl::StatusCode::kInternal
                                 : static_cast<absl::StatusCode>(code);
}

// The first `count` code points of well-formed text.
std::string FirstChars(absl::string_view text, int count) {
  size_t end = 0;
  for (; end < text.size(); ++end) {
    const bool begins_char = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;
    if (begins_char && count-- == 0) {
      break;
    }
  }
  return std::string(text.substr(0, end));
}

// Packs details until their room is used up.
class Packer {
 public:
  explicit Packer(google::rpc::Status& proto) : proto_(proto) {}

  template <class Detail>
  void Add(const Detail& detail) {
    if (detail.ByteSizeLong() > 0) {
      google::protobuf::Any& any = *proto_.add_details();
      any.PackFrom(detail);
      used_ += any.ByteSizeLong();
    }
  }

  // Adds the detail without as many of its last violations as do not fit.
  template <class Detail, class Violations>
  void AddWhatFits(Detail detail, Violations* (Detail::*violations)()) {
    while (detail.ByteSizeLong() > 0 && used_ + Size(detail) > kMaxDetailBytes) {
      (detail.*violations)()->RemoveLast();
    }
    Add(detail);
  }

 private:
  template <class Detail>
  static size_t Size(const Detail& detail) {
    google::protobuf::Any any;
    any.PackFrom(detail);
    return any.ByteSizeLong();
  }

  google::rpc::Status& proto_;
  size_t used_ = 0;
};

}  // namespace

Builder::Builder(const google::protobuf::EnumValueDescriptor* reason, absl::string_view message)
    : code_(Code(*reason)), message_(message) {
  info_.set_reason(Text(*reason));
  info_.set_domain(reason->file()->package());
}

Builder& Builder::With(absl::string_view key, absl::string_view value) {
  (*info_.mutable_metadata())[std::string(key)] = FirstChars(value, kMaxValueChars);
  return *this;
}

Builder& Builder::Field(absl::string_view path, absl::string_view description) {
  if (bad_request_.field_violations().empty()) {
    With("field", path);
  }
  if (bad_request_.field_violations_size() < kMaxViolations) {
    auto& violation = *bad_request_.add_field_violations();
    violation.set_field(std::string(path));
    violation.set_description(std::string(description));
  }
  return *this;
}

Builder& Builder::Precondition(absl::string_view type, absl::string_view subject,
                               absl::string_view description) {
  if (precondition_.violations_size() < kMaxViolations) {
    auto& violation = *precondition_.add_violations();
    violation.set_type(std::string(type));
    violation.set_subject(std::string(subject));
    violation.set_description(std::string(description));
  }
  return *this;
}

Builder& Builder::RetryAfter(absl::Duration delay) {
  retry_after_ = delay;
  return *this;
}

Builder::operator absl::Status() const {
  absl::Status status(code_, message_);
  SetDetail(status, info_);
  if (!bad_request_.field_violations().empty()) {
    SetDetail(status, bad_request_);
  }
  if (!precondition_.violations().empty()) {
    SetDetail(status, precondition_);
  }
  if (retry_after_ > absl::ZeroDuration()) {
    google::rpc::RetryInfo retry;
    absl::Duration rest = retry_after_;
    retry.mutable_retry_delay()->set_seconds(absl::IDivDuration(rest, absl::Seconds(1), &rest));
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
    SetDetail(status, retry);
  }
  return status;
}

google::rpc::Status ToProto(const absl::Status& status) {
  google::rpc::Status proto;
  proto.set_code(static_cast<int>(status.code()));
  proto.set_message(std::string(status.message()));
  Packer packer(proto);
  packer.Add(GetDetail<google::rpc::ErrorInfo>(status));
  packer.Add(GetDetail<google::rpc::RetryInfo>(status));
  packer.AddWhatFits(GetDetail<google::rpc::PreconditionFailure>(status),
                     &google::rpc::PreconditionFailure::mutable_violations);
  packer.AddWhatFits(GetDetail<google::rpc::BadRequest>(status),
                     &google::rpc::BadRequest::mutable_field_violations);
  return proto;
}

absl::Status FromProto(const google::rpc::Status& proto) {
  absl::Status status(static_cast<absl::StatusCode>(proto.code()), proto.message());
  for (const google::protobuf::Any& detail : proto.details()) {
    status.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return status;
}

absl::Status AddMetadata(absl::Status status, absl::string_view key, absl::string_view value) {
  google::rpc::ErrorInfo info = Info(status);
  (*info.mutable_metadata())[std::string(key)] = FirstChars(value, kMaxValueChars);
  SetDetail(status, info);
  return status;
}

google::rpc::ErrorInfo Info(const absl::Status& status) {
  return GetDetail<google::rpc::ErrorInfo>(status);
}

bool IsTransient(const absl::Status& status) {
  return absl::IsUnavailable(status) ||
         (absl::IsAborted(status) && !Is(status, types::v1::ERROR_REASON_ETAG_STALE));
}

bool HasReason(const absl::Status& status, const google::protobuf::EnumValueDescriptor* reason) {
  const google::rpc::ErrorInfo info = Info(status);
  return info.reason() == Text(*reason) && info.domain() == reason->file()->package();
}

}  // namespace scharnier::errors
