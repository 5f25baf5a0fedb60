#include "common/runtime/context.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace scharnier::runtime {

std::string Caller::Id() const {
  const std::string name = options::v1::Role_Name(role);
  const std::string kind = absl::AsciiStrToLower(absl::StripPrefix(name, "ROLE_"));
  return subject.empty() ? kind : absl::StrCat(kind, ":", subject);
}

}  // namespace scharnier::runtime
