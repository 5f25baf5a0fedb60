#include <algorithm>
#include <iterator>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/rpc/rules.h"
#include "common/rpc/validate.h"

namespace scharnier::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using options::v1::FieldRules;

// Google's messages that a request may hold: their size is bounded, or checked elsewhere.
constexpr const char* kBounded[] = {"google.protobuf.Duration", "google.protobuf.FieldMask",
                                    "google.protobuf.Timestamp", "google.type.Date",
                                    "google.type.TimeOfDay"};

class GapFinder {
 public:
  void Message(const Descriptor* message) {
    if (!seen_.insert(message).second) {
      return;
    }
    for (int i = 0; i < message->field_count(); ++i) {
      if (!RulesOf(message->field(i)).output_only()) {
        Field(message->field(i));
      }
    }
  }

  void Updated(const Descriptor* resource) {
    const FieldDescriptor* name = resource->FindFieldByName("name");
    if (name == nullptr || RulesOf(name).resource().empty()) {
      Add(resource->full_name(), "is updated, but has no name with a resource pattern");
    }
    if (resource->FindFieldByName("etag") == nullptr) {
      Add(resource->full_name(), "is updated, but has no etag");
    }
  }

  std::vector<std::string> Take() { return std::move(gaps_); }

 private:
  void Field(const FieldDescriptor* field) {
    const FieldRules& rules = RulesOf(field);
    if (field->is_repeated() != (rules.max_items() > 0)) {
      Add(field->full_name(), "max_items belongs to every repeated field and to no other");
    }
    switch (field->type()) {
      case FieldDescriptor::TYPE_STRING:
        Text(field, rules);
        break;
      case FieldDescriptor::TYPE_INT32:
      case FieldDescriptor::TYPE_INT64:
        if (rules.required() && !field->has_presence() && !field->is_repeated()) {
          Add(field->full_name(), "cannot be seen to be missing: give it a min");
        }
        break;
      case FieldDescriptor::TYPE_BOOL:
      case FieldDescriptor::TYPE_ENUM:
        break;
      case FieldDescriptor::TYPE_MESSAGE:
        SubMessage(field->message_type());
        break;
      default:
        Add(field->full_name(), "is of a type that no rule bounds");
    }
    Misplaced(field, rules);
  }

  void Text(const FieldDescriptor* field, const FieldRules& rules) {
    const bool has_own_limit =
        !rules.resource().empty() || (rules.format() != options::v1::FORMAT_UNSPECIFIED &&
                                      rules.format() != options::v1::FORMAT_LINES);
    if (has_own_limit == (rules.max_chars() > 0)) {
      Add(field->full_name(), "text has either max_chars or a form that says how long it can be");
    }
  }

  void SubMessage(const Descriptor* message) {
    if (!IsGoogles(message)) {
      Message(message);
    } else if (std::find(std::begin(kBounded), std::end(kBounded), message->full_name()) ==
               std::end(kBounded)) {
      Add(message->full_name(), "is not bounded by any rule");
    }
  }

  void Misplaced(const FieldDescriptor* field, const FieldRules& rules) {
    const bool text = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    const bool integer = field->cpp_type() == FieldDescriptor::CPPTYPE_INT32 ||
                         field->cpp_type() == FieldDescriptor::CPPTYPE_INT64;
    if (!text && (rules.max_chars() > 0 || !rules.resource().empty() ||
                  rules.format() != options::v1::FORMAT_UNSPECIFIED)) {
      Add(field->full_name(), "has a rule for text, but is none");
    }
    if (!integer && (rules.has_min() || rules.has_max())) {
      Add(field->full_name(), "has a rule for numbers, but is none");
    }
    if (field->type() == FieldDescriptor::TYPE_BOOL && rules.required()) {
      Add(field->full_name(), "cannot be seen to be missing");
    }
  }

  void Add(const std::string& where, absl::string_view what) {
    gaps_.push_back(absl::StrCat(where, ": ", what));
  }

  std::set<const Descriptor*> seen_;
  std::vector<std::string> gaps_;
};

}  // namespace

std::vector<std::string> RuleGaps(const Descriptor* request) {
  GapFinder finder;
  finder.Message(request);
  if (const FieldDescriptor* resource = UpdatedResource(request)) {
    finder.Updated(resource->message_type());
  }
  return finder.Take();
}

}  // namespace scharnier::rpc
