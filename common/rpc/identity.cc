#include "common/rpc/identity.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/errors/errors.h"
#include "common/rpc/email.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using options::v1::Role;

// Tokens are missing: who holds one proves it by the token.
Role RoleOf(absl::string_view word) {
  if (word == "person") return options::v1::ROLE_PERSON;
  if (word == "staff") return options::v1::ROLE_STAFF;
  if (word == "register-officer") return options::v1::ROLE_REGISTER_OFFICER;
  if (word == "operator") return options::v1::ROLE_OPERATOR;
  if (word == "team") return options::v1::ROLE_TEAM;
  if (word == "service") return options::v1::ROLE_SERVICE;
  return options::v1::ROLE_UNSPECIFIED;
}

bool IsSlug(absl::string_view text) {
  if (text.empty() || text.size() > 63 ||
      !absl::ascii_islower(static_cast<unsigned char>(text[0]))) {
    return false;
  }
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (!absl::ascii_islower(u) && !absl::ascii_isdigit(u) && c != '-') return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<runtime::Caller> CallerFromHeader(const std::vector<std::string>& values,
                                                 const runtime::Keyring& keyring) {
  runtime::Caller caller;
  if (values.empty()) {
    return caller;
  }
  const std::vector<absl::string_view> words = absl::StrSplit(values.front(), ' ');
  caller.role = RoleOf(words.front());
  if (values.size() == 1 && words.size() == 2) {
    if (caller.is(options::v1::ROLE_PERSON) && IsEmail(words[1])) {
      caller.email = runtime::NormaliseEmail(words[1]);
      caller.subject = runtime::PersonKey(keyring, caller.email);
      return caller;
    }
    if (!caller.is(options::v1::ROLE_PERSON) && !caller.is(options::v1::ROLE_UNSPECIFIED) &&
        IsSlug(words[1])) {
      caller.subject = std::string(words[1]);
      return caller;
    }
  }
  return errors::Error(types::v1::ERROR_REASON_NOT_IDENTIFIED,
                       "x-scharnier-caller has to be one role and one name");
}

}  // namespace scharnier::rpc
