#include "common/rpc/names.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/runtime/uuid.h"

namespace scharnier::rpc {
namespace {

// Canonical, so that a resource has one name, and an int32.
bool IsNumber(absl::string_view part) {
  return !part.empty() && part.size() < 10 && part.front() != '0' &&
         std::all_of(part.begin(), part.end(), absl::ascii_isdigit);
}

bool IsId(absl::string_view want) { return want == "*" || want == "#"; }

}  // namespace

bool MatchesName(absl::string_view pattern, absl::string_view name) {
  const auto wanted = absl::StrSplit(pattern, '/');
  const auto given = absl::StrSplit(name, '/');
  return std::equal(
      wanted.begin(), wanted.end(), given.begin(), given.end(),
      [](absl::string_view want, absl::string_view part) {
        return want == "*" ? runtime::IsUuid(part) : want == "#" ? IsNumber(part) : want == part;
      });
}

std::string DescribePattern(absl::string_view pattern) {
  return absl::StrReplaceAll(pattern, {{"*", "{uuid}"}, {"#", "{number}"}});
}

std::vector<std::string> NameIds(absl::string_view name) {
  std::vector<std::string> ids;
  bool is_id = false;
  for (absl::string_view part : absl::StrSplit(name, '/')) {
    if (is_id) {
      ids.emplace_back(part);
    }
    is_id = !is_id;
  }
  return ids;
}

std::string FormatName(absl::string_view pattern, std::initializer_list<absl::string_view> ids) {
  std::string name;
  auto id = ids.begin();
  for (absl::string_view part : absl::StrSplit(pattern, '/')) {
    absl::StrAppend(&name, name.empty() ? "" : "/", IsId(part) ? *id++ : part);
  }
  return name;
}

}  // namespace scharnier::rpc
