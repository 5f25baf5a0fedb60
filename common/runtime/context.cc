#include "common/runtime/context.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace scharnier::runtime {

std::string Caller::Id() const {
  const std::string name = options::v1::Role_Name(role);
  const std::string kind = absl::AsciiStrToLower(absl::StripPrefix(name, "ROLE_"));
  return subject.empty() ? kind : absl::StrCat(kind, ":", subject);
}

bool Caller::is(options::v1::Role r) const {
  return role == r || std::find(further.begin(), further.end(), r) != further.end();
}

std::vector<std::string> Caller::keys() const {
  std::vector<std::string> keys = {subject};
  if (!account.empty()) {
    keys.push_back(account);
  }
  return keys;
}

bool Caller::granted_personal() const {
  return grant != nullptr && std::find(grant->fields().begin(), grant->fields().end(),
                                       options::v1::DATA_PERSONAL) != grant->fields().end();
}

std::optional<std::vector<std::string>> Caller::granted_calls() const {
  if (grant == nullptr || grant->calls().empty()) {
    return std::nullopt;
  }
  return std::vector<std::string>(grant->calls().begin(), grant->calls().end());
}

bool Caller::through_team() const { return absl::StartsWith(via, kTeam); }

bool Caller::Opens(identity::v1::ActionToken::Purpose purpose, absl::string_view resource) const {
  return action != nullptr && action->purpose() == purpose && action->resource() == resource;
}

}  // namespace scharnier::runtime
