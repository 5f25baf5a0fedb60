#include "common/rpc/email.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace scharnier::rpc {
namespace {

// The atext of RFC 5322 but for % and !, which relays may read as routes.
bool IsLocalCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::StrContains("#$&'*+-/=?^_`{|}~", c);
}

bool IsLocalPart(absl::string_view local) {
  if (local.size() > 64) {
    return false;
  }
  const auto atoms = absl::StrSplit(local, '.');
  return std::all_of(atoms.begin(), atoms.end(), [](absl::string_view atom) {
    return !atom.empty() && std::all_of(atom.begin(), atom.end(), IsLocalCharacter);
  });
}

bool IsLabel(absl::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(),
                     [](unsigned char c) { return absl::ascii_isalnum(c) || c == '-'; });
}

bool IsDomain(absl::string_view domain) {
  const std::vector<absl::string_view> labels = absl::StrSplit(domain, '.');
  // No top-level domain begins with a digit; an IPv4 address does.
  return labels.size() >= 2 && std::all_of(labels.begin(), labels.end(), IsLabel) &&
         absl::ascii_isalpha(static_cast<unsigned char>(labels.back().front()));
}

}  // namespace

bool IsEmail(absl::string_view text) {
  const size_t at = text.find('@');
  return text.size() <= 254 && at != absl::string_view::npos && IsLocalPart(text.substr(0, at)) &&
         IsDomain(text.substr(at + 1));
}

}  // namespace scharnier::rpc
