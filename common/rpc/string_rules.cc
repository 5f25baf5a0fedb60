#include "common/rpc/string_rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/email.h"
#include "common/rpc/names.h"
#include "common/rpc/register_number.h"
#include "common/rpc/text.h"
#include "common/runtime/uuid.h"
#include "common/types/text.h"

namespace scharnier::rpc {
namespace {

constexpr int kMaxFilterChars = 1000;
constexpr size_t kMaxOpaqueChars = 2048;
constexpr size_t kMaxSlugChars = 63;

bool IsSlug(absl::string_view text) {
  return text.size() <= kMaxSlugChars && absl::ascii_islower(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
         });
}

bool IsOpaque(absl::string_view text) {
  return text.size() <= kMaxOpaqueChars &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_';
         });
}

std::string CheckText(LineRule lines, int max_chars, std::string& text) {
  if (const absl::string_view problem = NormaliseText(lines, text); !problem.empty()) {
    return std::string(problem);
  }
  return types::CodePoints(text) > max_chars ? absl::StrCat("at most ", max_chars, " characters")
                                             : "";
}

std::string CheckFreeText(LineRule lines, int max_chars, std::string& text) {
  std::string wanted = CheckText(lines, max_chars, text);
  if (wanted.empty() && HasRegisterNumber(text)) {
    wanted = "no national register number may be given here";
  }
  return wanted;
}

}  // namespace

std::string CheckString(const options::v1::FieldRules& rules, std::string& text) {
  if (!rules.resource().empty()) {
    return MatchesName(rules.resource(), text) ? "" : DescribePattern(rules.resource());
  }
  switch (rules.format()) {
    case options::v1::FORMAT_LINES:
      return CheckFreeText(LineRule::kManyLines, rules.max_chars(), text);
    case options::v1::FORMAT_EMAIL:
      return IsEmail(text) ? "" : "an e-mail address such as naam@example.org";
    case options::v1::FORMAT_UUID:
      return runtime::IsUuid(text) ? "" : "a UUID in lower case, other than nil";
    case options::v1::FORMAT_SLUG:
      return IsSlug(text) ? "" : "a-z, 0-9 and hyphens after a letter, 63 at most";
    case options::v1::FORMAT_OPAQUE:
      return IsOpaque(text) ? "" : "sent back as the service gave it";
    case options::v1::FORMAT_FILTER:
      // Not free text: the UUIDs in it may look like anything.
      return CheckText(LineRule::kOneLine, kMaxFilterChars, text);
    default:
      return CheckFreeText(LineRule::kOneLine, rules.max_chars(), text);
  }
}

}  // namespace scharnier::rpc
