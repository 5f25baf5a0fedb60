// File: matchers.h
// Matchers for statuses and messages.
//
//   EXPECT_THAT(service.GetSession(ctx, req), IsOkAnd(EqualsProto(session)));
//   EXPECT_THAT(result, HasReason(pb::ERROR_REASON_SESSION_FULL));   // and its code, by the enum's
//   option
//
// Where SCHARNIER_REASONS_SEEN names a file, HasReason appends each reason that it has matched, a
// line each, as "scharnier.events.v1.ERROR_REASON_SESSION_FULL"; `./dev test` ends by comparing
// them with the enums: a reason that no test raises is a failure.

#ifndef SCHARNIER_COMMON_TESTING_MATCHERS_H_
#define SCHARNIER_COMMON_TESTING_MATCHERS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "google/protobuf/generated_enum_reflection.h"
#include "google/protobuf/message.h"

namespace scharnier::testing {

inline const absl::Status& ToStatus(const absl::Status& status) { return status; }
template <class T>
const absl::Status& ToStatus(const absl::StatusOr<T>& result) {
  return result.status();
}

MATCHER(IsOk, "is OK") {
  *result_listener << ToStatus(arg).ToString();
  return ToStatus(arg).ok();
}
MATCHER_P(IsOkAnd, inner, "is OK and its value matches") {
  if (!arg.ok()) {
    *result_listener << arg.status().ToString();
    return false;
  }
  return ::testing::ExplainMatchResult(inner, *arg, result_listener);
}
MATCHER_P(HasCode, code, "has the code") {
  *result_listener << ToStatus(arg).ToString();
  return ToStatus(arg).code() == code;
}

// Whether the status has the reason, its domain and its code; records it.
bool MatchReason(const absl::Status& status, const google::protobuf::EnumValueDescriptor* reason,
                 std::string& problem);
MATCHER_P(HasReason, reason, "has the reason") {
  std::string problem;
  const bool matches = MatchReason(
      ToStatus(arg), google::protobuf::GetEnumDescriptor<reason_type>()->FindValueByNumber(reason),
      problem);
  *result_listener << problem;
  return matches;
}

// Whether BadRequest names exactly this field among its violations.
bool MatchField(const absl::Status& status, const std::string& path);
MATCHER_P(HasField, path, "names the field") {
  *result_listener << ToStatus(arg).ToString();
  return MatchField(ToStatus(arg), path);
}
// Whether ErrorInfo's metadata has this entry.
bool MatchMetadata(const absl::Status& status, const std::string& key, const std::string& value);
MATCHER_P2(HasMetadata, key, value, "has the metadata") {
  return MatchMetadata(ToStatus(arg), key, value);
}

// Whether two messages are equal; says the difference.
bool MatchProto(const google::protobuf::Message& actual, const google::protobuf::Message& expected,
                std::string& difference);
MATCHER_P(EqualsProto, expected, "equals the message") {
  std::string difference;
  const bool equal = MatchProto(arg, expected, difference);
  *result_listener << difference;
  return equal;
}

}  // namespace scharnier::testing

#endif  // SCHARNIER_COMMON_TESTING_MATCHERS_H_
