#include "common/rpc/policy.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/rpc/validate.h"
#include "google/api/annotations.pb.h"
#include "scharnier/options/v1/options.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

namespace pb = google::protobuf;

bool Names(const options::v1::Policy& policy, options::v1::Role role) {
  return std::find(policy.allow().begin(), policy.allow().end(), role) != policy.allow().end();
}

}  // namespace

absl::Status CheckPolicy(const pb::MethodDescriptor& method, const runtime::Caller& caller) {
  if (Names(method.options().GetExtension(options::v1::policy), caller.role)) {
    return absl::OkStatus();
  }
  if (caller.is(options::v1::ROLE_ANONYMOUS)) {
    return errors::Error(types::v1::ERROR_REASON_NOT_IDENTIFIED,
                         "the method is not open to anonymous callers");
  }
  return errors::Error(types::v1::ERROR_REASON_ROLE_NOT_ALLOWED,
                       "the caller's role may not call this method")
      .With("method", method.name());
}

std::vector<std::string> MethodGaps(const pb::MethodDescriptor& method) {
  std::vector<std::string> gaps;
  const options::v1::Policy& policy = method.options().GetExtension(options::v1::policy);
  if (policy.allow().empty() || Names(policy, options::v1::ROLE_UNSPECIFIED)) {
    gaps.push_back(absl::StrCat(method.full_name(), ": no policy"));
  }
  if (method.options().GetExtension(google::api::http).pattern_case() ==
      google::api::HttpRule::PATTERN_NOT_SET) {
    gaps.push_back(absl::StrCat(method.full_name(), ": no HTTP path"));
  }
  for (const std::string& gap : RuleGaps(method.input_type())) {
    gaps.push_back(absl::StrCat(method.full_name(), ": ", gap));
  }
  return gaps;
}

std::vector<std::string> TableGaps(const std::vector<ServiceTable>& tables) {
  std::vector<std::string> gaps;
  for (const ServiceTable& table : tables) {
    for (int i = 0; i < table.descriptor()->method_count(); ++i) {
      const pb::MethodDescriptor* method = table.descriptor()->method(i);
      const bool present =
          std::any_of(table.methods().begin(), table.methods().end(),
                      [method](const ServiceTable::Method& m) { return m.descriptor == method; });
      if (!present) {
        gaps.push_back(absl::StrCat(method->full_name(), ": no function"));
      }
      const std::vector<std::string> more = MethodGaps(*method);
      gaps.insert(gaps.end(), more.begin(), more.end());
    }
  }
  return gaps;
}

}  // namespace scharnier::rpc
