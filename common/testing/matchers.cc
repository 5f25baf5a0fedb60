#include "common/testing/matchers.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/rpc/code.pb.h"
#include "scharnier/options/v1/options.pb.h"

namespace scharnier::testing {
namespace {

void Record(const google::protobuf::EnumValueDescriptor& reason) {
  if (const char* path = std::getenv("SCHARNIER_REASONS_SEEN"); path != nullptr) {
    // Tests run side by side: one write a line, so that lines do not mix.
    std::ofstream(path, std::ios::app) << absl::StrCat(reason.full_name(), "\n") << std::flush;
  }
}

}  // namespace

bool MatchReason(const absl::Status& status, const google::protobuf::EnumValueDescriptor* reason,
                 std::string& problem) {
  const google::rpc::Code code = reason->options().GetExtension(options::v1::code);
  if (!errors::HasReason(status, reason)) {
    problem = absl::StrCat("the status is ", status.ToString(), " with ",
                           errors::Info(status).ShortDebugString());
    return false;
  }
  if (static_cast<int>(status.code()) != code) {
    problem = absl::StrCat("the code is ", absl::StatusCodeToString(status.code()), " instead of ",
                           google::rpc::Code_Name(code));
    return false;
  }
  Record(*reason);
  return true;
}

bool MatchField(const absl::Status& status, const std::string& path) {
  const google::rpc::Status proto = errors::ToProto(status);
  for (const google::protobuf::Any& detail : proto.details()) {
    google::rpc::BadRequest bad_request;
    if (detail.UnpackTo(&bad_request)) {
      return std::any_of(bad_request.field_violations().begin(),
                         bad_request.field_violations().end(),
                         [&](const auto& violation) { return violation.field() == path; });
    }
  }
  return false;
}

bool MatchMetadata(const absl::Status& status, const std::string& key, const std::string& value) {
  const google::rpc::ErrorInfo info = errors::Info(status);
  const auto found = info.metadata().find(key);
  return found != info.metadata().end() && found->second == value;
}

bool MatchProto(const google::protobuf::Message& actual, const google::protobuf::Message& expected,
                std::string& difference) {
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  return differencer.Compare(expected, actual);
}

}  // namespace scharnier::testing
