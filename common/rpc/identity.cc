#include "common/rpc/identity.h"

#include <utility>

#include "absl/strings/str_split.h"
#include "common/errors/errors.h"
#include "common/rpc/string_rules.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using options::v1::Role;

// Tokens are missing: who holds one proves it by the token.
constexpr std::pair<const char*, Role> kRoles[] = {
    {"person", options::v1::ROLE_PERSON},
    {"staff", options::v1::ROLE_STAFF},
    {"register-officer", options::v1::ROLE_REGISTER_OFFICER},
    {"operator", options::v1::ROLE_OPERATOR},
    {"team", options::v1::ROLE_TEAM},
    {"service", options::v1::ROLE_SERVICE},
};

Role RoleOf(const std::string& word) {
  for (const auto& [name, role] : kRoles) {
    if (word == name) {
      return role;
    }
  }
  return options::v1::ROLE_UNSPECIFIED;
}

bool HasForm(options::v1::Format format, std::string text) {
  options::v1::FieldRules rules;
  rules.set_format(format);
  return !text.empty() && CheckString(rules, text).empty();
}

}  // namespace

absl::StatusOr<runtime::Caller> CallerFromHeader(const std::vector<std::string>& values,
                                                 const runtime::Keyring& keyring) {
  runtime::Caller caller;
  if (values.empty()) {
    return caller;
  }
  const std::vector<std::string> words = absl::StrSplit(values.front(), ' ');
  caller.role = RoleOf(words.front());
  if (values.size() == 1 && words.size() == 2) {
    if (caller.is(options::v1::ROLE_PERSON) && HasForm(options::v1::FORMAT_EMAIL, words[1])) {
      caller.email = runtime::NormaliseEmail(words[1]);
      caller.subject = runtime::PersonKey(keyring, caller.email);
      return caller;
    }
    if (!caller.is(options::v1::ROLE_PERSON) && !caller.is(options::v1::ROLE_UNSPECIFIED) &&
        HasForm(options::v1::FORMAT_SLUG, words[1])) {
      caller.subject = words[1];
      return caller;
    }
  }
  return errors::Error(types::v1::ERROR_REASON_NOT_IDENTIFIED,
                       "x-scharnier-caller has to be one role and one name");
}

}  // namespace scharnier::rpc
