#include "common/rpc/policy.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/errors/errors.h"
#include "common/rpc/validate.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/util/message_differencer.h"
#include "scharnier/options/v1/options.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

namespace pb = google::protobuf;

bool Names(const options::v1::Policy& policy, options::v1::Role role) {
  return std::find(policy.allow().begin(), policy.allow().end(), role) != policy.allow().end();
}

// Whether a team's grant goes as far as a method. Errors: NOT_GRANTED.
absl::Status CheckGrant(const pb::MethodDescriptor& method, const runtime::Caller& caller) {
  const std::string resource = ResourceOf(method);
  if (caller.grant != nullptr && (caller.grant->for_people() || !caller.through_team()) &&
      std::find(caller.grant->resources().begin(), caller.grant->resources().end(), resource) !=
          caller.grant->resources().end()) {
    return absl::OkStatus();
  }
  return errors::Error(types::v1::ERROR_REASON_NOT_GRANTED,
                       "the team's grant does not cover this, or has ended")
      .With("resource", resource);
}

}  // namespace

absl::Status CheckPolicy(const pb::MethodDescriptor& method, const runtime::Caller& caller) {
  const options::v1::Policy& policy = method.options().GetExtension(options::v1::policy);
  if (Names(policy, options::v1::ROLE_ANONYMOUS)) {
    return absl::OkStatus();
  }
  if (caller.is(options::v1::ROLE_ANONYMOUS)) {
    return errors::Error(types::v1::ERROR_REASON_NOT_IDENTIFIED,
                         "the method is not open to anonymous callers");
  }
  const bool allowed = std::any_of(policy.allow().begin(), policy.allow().end(), [&](int role) {
    return caller.is(static_cast<options::v1::Role>(role));
  });
  if (!allowed || (caller.through_team() && !policy.on_behalf())) {
    return errors::Error(types::v1::ERROR_REASON_ROLE_NOT_ALLOWED,
                         "the caller's role may not call this method")
        .With("method", method.name());
  }
  if (caller.is(options::v1::ROLE_TEAM) || caller.through_team()) {
    return CheckGrant(method, caller);
  }
  return absl::OkStatus();
}

absl::Status CheckSameGrant(const runtime::Caller& before, const runtime::Caller& now) {
  const bool same = before.grant == now.grant ||
                    (before.grant != nullptr && now.grant != nullptr &&
                     pb::util::MessageDifferencer::Equals(*before.grant, *now.grant));
  return same ? absl::OkStatus()
              : errors::Error(types::v1::ERROR_REASON_NOT_GRANTED,
                              "the team's grant has changed: call again");
}

std::string ResourceOf(const pb::MethodDescriptor& method) {
  const google::api::HttpRule& http = method.options().GetExtension(google::api::http);
  // One of them is set.
  const std::string path = absl::StrCat(http.get(), http.post(), http.patch());
  std::vector<std::string> collections;
  // "/v1/{parent=sessions/*}/registrations:verb": what is no variable's name, wildcard or verb.
  for (absl::string_view part : absl::StrSplit(path, absl::ByAnyChar("/{}="), absl::SkipEmpty())) {
    part = part.substr(0, part.find(':'));
    if (part != "v1" && part != "*" && !part.empty() &&
        !absl::StrContains(path, absl::StrCat("{", part, "="))) {
      collections.emplace_back(part);
    }
  }
  constexpr char kFeed[] = "changes";
  return collections.back() == kFeed ? absl::StrJoin(collections, "/") : collections.back();
}

std::vector<std::string> MethodGaps(const pb::MethodDescriptor& method) {
  std::vector<std::string> gaps;
  const options::v1::Policy& policy = method.options().GetExtension(options::v1::policy);
  if (policy.allow().empty() || Names(policy, options::v1::ROLE_UNSPECIFIED)) {
    gaps.push_back(absl::StrCat(method.full_name(), ": no policy"));
  }
  if (Names(policy, options::v1::ROLE_SERVICE) == policy.services().empty()) {
    gaps.push_back(absl::StrCat(method.full_name(), ": ROLE_SERVICE and services come together"));
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
