#include "common/rpc/filter.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/errors/errors.h"
#include "common/rpc/names.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using google::protobuf::EnumDescriptor;

absl::Status Unreadable(absl::string_view description) {
  return errors::Error(types::v1::ERROR_REASON_FILTER_INVALID, "the filter cannot be read")
      .Field("filter", description);
}

// Takes a filter apart, from left to right.
class Reader {
 public:
  explicit Reader(absl::string_view text) : rest_(absl::StripAsciiWhitespace(text)) {}

  bool AtEnd() const { return rest_.empty(); }

  // A field, a value without quotes, or AND; empty where something else stands.
  absl::string_view Word() {
    size_t size = 0;
    while (size < rest_.size() && IsWordCharacter(rest_[size])) {
      ++size;
    }
    return Take(size);
  }

  // Whether `mark` stands here, which is then passed.
  bool Skip(char mark) {
    if (AtEnd() || rest_[0] != mark) {
      return false;
    }
    Take(1);
    return true;
  }

  // A value: a word, or what stands between double quotes; empty where there is neither.
  absl::string_view Value() {
    if (!Skip('"')) {
      return Word();
    }
    const size_t end = rest_.find('"');
    if (end == absl::string_view::npos) {
      return "";
    }
    const absl::string_view value = Take(end);
    Skip('"');
    return value;
  }

 private:
  static bool IsWordCharacter(char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '/' ||
           c == '.';
  }

  absl::string_view Take(size_t size) {
    const absl::string_view taken = rest_.substr(0, size);
    rest_ = absl::StripLeadingAsciiWhitespace(rest_.substr(size));
    return taken;
  }

  absl::string_view rest_;
};

std::string FieldList(const std::vector<FilterField>& fields) {
  return absl::StrJoin(fields, ", ", [](std::string* out, const FilterField& field) {
    absl::StrAppend(out, field.name);
  });
}

// The names of an enum's values but the first, which is never asked for.
std::string ValueList(const EnumDescriptor* type) {
  std::vector<std::string> names;
  for (int i = 1; i < type->value_count(); ++i) {
    names.push_back(type->value(i)->name());
  }
  return absl::StrJoin(names, ", ");
}

}  // namespace

std::optional<int> Filter::Number(const std::string& field) const {
  const auto found = numbers_.find(field);
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> Filter::Id(const std::string& field) const {
  const auto found = names_.find(field);
  return found == names_.end() ? std::nullopt : std::optional(NameIds(found->second).back());
}

std::optional<std::string> Filter::Name(const std::string& field) const {
  const auto found = names_.find(field);
  return found == names_.end() ? std::nullopt : std::optional(found->second);
}

absl::StatusOr<Filter> ParseFilter(absl::string_view text, const std::vector<FilterField>& fields) {
  Filter filter;
  Reader reader(text);
  while (!reader.AtEnd()) {
    const absl::string_view name = reader.Word();
    const auto field =
        std::find_if(fields.begin(), fields.end(),
                     [&](const FilterField& candidate) { return candidate.name == name; });
    if (field == fields.end()) {
      return Unreadable(absl::StrCat("a condition begins with a field: ", FieldList(fields)));
    }
    if (filter.names_.contains(field->name) || filter.numbers_.contains(field->name)) {
      return Unreadable(absl::StrCat("more than one condition on ", field->name));
    }
    if (!reader.Skip('=')) {
      return Unreadable(absl::StrCat(field->name, " is followed by = and a value"));
    }
    const absl::string_view value = reader.Value();
    if (const auto* type = std::get_if<const EnumDescriptor*>(&field->type)) {
      const auto* known = (*type)->FindValueByName(std::string(value));
      if (known == nullptr || known->number() == 0) {
        return Unreadable(absl::StrCat(field->name, " is one of ", ValueList(*type)));
      }
      filter.numbers_[field->name] = known->number();
    } else {
      const std::vector<std::string> patterns =
          absl::StrSplit(std::get<std::string>(field->type), '|');
      if (std::none_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return MatchesName(pattern, value); })) {
        return Unreadable(absl::StrCat(
            field->name, " is a name: ", DescribePattern(absl::StrJoin(patterns, " or "))));
      }
      filter.names_[field->name] = std::string(value);
    }
    if (!reader.AtEnd() && (reader.Word() != "AND" || reader.AtEnd())) {
      return Unreadable(absl::StrCat("conditions are joined by AND, on: ", FieldList(fields)));
    }
  }
  return filter;
}

}  // namespace scharnier::rpc
