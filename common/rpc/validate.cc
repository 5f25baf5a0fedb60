#include "common/rpc/validate.h"

#include <cstdint>
#include <set>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/rpc/rules.h"
#include "common/rpc/string_rules.h"
#include "common/types/text.h"
#include "common/types/violations.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace scharnier::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DynamicCastToGenerated;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;
using options::v1::FieldRules;
using types::v1::ERROR_REASON_FIELD_INVALID;
using types::v1::ERROR_REASON_FIELD_MISSING;
using types::v1::ERROR_REASON_NAME_INVALID;

// What google/protobuf/timestamp.proto (the years 1 to 9999) and duration.proto promise.
constexpr int64_t kFirstSecond = -62'135'596'800;
constexpr int64_t kLastSecond = 253'402'300'799;
constexpr int64_t kLongestSeconds = 315'576'000'000;
constexpr int32_t kMaxNanos = 999'999'999;

// Whether `required` holds for a field of the message at hand.
using Demand = absl::FunctionRef<bool(const FieldDescriptor*)>;

// Where a value stands. The path is spelt for a complaint only.
struct Place {
  const Place* parent;
  Message& message;
  const FieldDescriptor* field;
  int index = -1;  // in a repeated field

  static std::string PathTo(const Place* parent, const std::string& name) {
    return parent == nullptr ? name : absl::StrCat(parent->Path(), ".", name);
  }
  std::string Path() const {
    const std::string path = PathTo(parent, field->name());
    return index < 0 ? path : absl::StrCat(path, "[", index, "]");
  }
};

class Validator {
 public:
  explicit Validator(const Descriptor* request) : updated_(UpdatedResource(request)) {}

  void CheckMessage(Message& message, const Place* parent, Demand demanded) {
    const Descriptor* type = message.GetDescriptor();
    message.GetReflection()->MutableUnknownFields(&message)->Clear();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      CheckField({parent, message, field}, demanded(field));
    }
    for (int i = 0; i < type->real_oneof_decl_count(); ++i) {
      CheckOneof(message, type->oneof_decl(i), parent, demanded);
    }
  }

  absl::Status status() const { return violations_.status(); }

 private:
  void Missing(const Place& place) {
    violations_.Add(ERROR_REASON_FIELD_MISSING, place.Path(), "has to be given");
  }
  void Invalid(const Place& place, absl::string_view wanted) {
    violations_.Add(ERROR_REASON_FIELD_INVALID, place.Path(), wanted);
  }

  // Whether it is the resource that an update is about.
  bool IsUpdated(const Place& place) const {
    return place.field == updated_ && place.parent == nullptr;
  }
  // Whether it is the name or the etag of that resource: output elsewhere, but here they say which
  // one.
  bool Identifies(const Place& place) const {
    return place.parent != nullptr && IsUpdated(*place.parent) &&
           (place.field->name() == "name" || place.field->name() == "etag");
  }

  void CheckField(const Place& place, bool demand) {
    const FieldDescriptor* field = place.field;
    const Reflection* reflection = place.message.GetReflection();
    const FieldRules& rules = RulesOf(field);
    if (Identifies(place)) {
      CheckText(place, rules, /*required=*/true);
    } else if (rules.output_only()) {
      reflection->ClearField(&place.message, field);
    } else if (field->is_repeated()) {
      CheckList(place, rules, demand);
    } else if (!field->has_presence() || reflection->HasField(place.message, field)) {
      CheckValue(place, rules, demand);
    } else if (rules.required() && demand && field->real_containing_oneof() == nullptr) {
      Missing(place);
    }
  }

  void CheckList(const Place& place, const FieldRules& rules, bool demand) {
    const int size = place.message.GetReflection()->FieldSize(place.message, place.field);
    if (size == 0 && rules.required() && demand) {
      Missing(place);
    } else if (rules.max_items() > 0 && size > rules.max_items()) {
      Invalid(place, absl::StrCat("at most ", rules.max_items(), " elements"));
    } else {
      for (int i = 0; i < size; ++i) {
        CheckValue({place.parent, place.message, place.field, i}, rules, demand);
      }
    }
  }

  void CheckValue(const Place& place, const FieldRules& rules, bool demand) {
    switch (place.field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return CheckText(place, rules, rules.required() && demand);
      case FieldDescriptor::CPPTYPE_ENUM:
        return CheckEnum(place, rules.required() && demand);
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64:
        return CheckNumber(place, rules);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return CheckMessageValue(place, demand);
      default:
        return;
    }
  }

  void CheckText(const Place& place, const FieldRules& rules, bool required) {
    const auto& [parent, message, field, index] = place;
    const Reflection* reflection = message.GetReflection();
    std::string text = index < 0 ? reflection->GetString(message, field)
                                 : reflection->GetRepeatedString(message, field, index);
    if (required && types::IsBlank(text)) {
      return Missing(place);
    }
    if (text.empty()) {
      return;
    }
    if (const std::string wanted = CheckString(rules, text); !wanted.empty()) {
      violations_.Add(
          rules.resource().empty() ? ERROR_REASON_FIELD_INVALID : ERROR_REASON_NAME_INVALID,
          place.Path(), wanted);
    } else if (index < 0) {
      reflection->SetString(&message, field, std::move(text));
    } else {
      reflection->SetRepeatedString(&message, field, index, std::move(text));
    }
  }

  void CheckEnum(const Place& place, bool required) {
    const auto& [parent, message, field, index] = place;
    const Reflection* reflection = message.GetReflection();
    const int number = index < 0 ? reflection->GetEnumValue(message, field)
                                 : reflection->GetRepeatedEnumValue(message, field, index);
    if (number == 0 && required && index < 0) {
      Missing(place);
    } else if (field->enum_type()->FindValueByNumber(number) == nullptr) {
      Invalid(place, "a value that the API knows");
    } else if (number == 0 && index >= 0) {
      Invalid(place, "a value other than unspecified");
    }
  }

  void CheckNumber(const Place& place, const FieldRules& rules) {
    const int64_t number = NumberAt(place);
    if (rules.has_min() && number < rules.min()) {
      Invalid(place, absl::StrCat("at least ", rules.min()));
    } else if (rules.has_max() && number > rules.max()) {
      Invalid(place, absl::StrCat("at most ", rules.max()));
    }
  }

  static int64_t NumberAt(const Place& place) {
    const auto& [parent, message, field, index] = place;
    const Reflection* reflection = message.GetReflection();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
      return index < 0 ? reflection->GetInt32(message, field)
                       : reflection->GetRepeatedInt32(message, field, index);
    }
    return index < 0 ? reflection->GetInt64(message, field)
                     : reflection->GetRepeatedInt64(message, field, index);
  }

  void CheckMessageValue(const Place& place, bool demand) {
    const auto& [parent, message, field, index] = place;
    const Reflection* reflection = message.GetReflection();
    Message& value = index < 0 ? *reflection->MutableMessage(&message, field)
                               : *reflection->MutableRepeatedMessage(&message, field, index);
    if (const auto* time = DynamicCastToGenerated<google::protobuf::Timestamp>(&value)) {
      if (time->seconds() < kFirstSecond || time->seconds() > kLastSecond || time->nanos() < 0 ||
          time->nanos() > kMaxNanos) {
        Invalid(place, "an instant of the years 1 to 9999");
      }
    } else if (const auto* length = DynamicCastToGenerated<google::protobuf::Duration>(&value)) {
      if (length->seconds() < 0 || length->seconds() > kLongestSeconds || length->nanos() < 0 ||
          length->nanos() > kMaxNanos) {
        Invalid(place, "a length of time, not negative");
      }
    } else if (IsUpdated(place)) {
      const std::set<std::string> changed = ChangedFields(place.message, value);
      CheckMessage(value, &place,
                   [&](const FieldDescriptor* f) { return changed.contains(f->name()); });
    } else if (!IsGoogles(value.GetDescriptor())) {
      CheckMessage(value, &place, [demand](const FieldDescriptor*) { return demand; });
    }
  }

  // The fields that an update is about. Whether the mask is right is MaskedFields' business.
  static std::set<std::string> ChangedFields(const Message& request, const Message& resource) {
    const auto* mask =
        DynamicCastToGenerated<google::protobuf::FieldMask>(&request.GetReflection()->GetMessage(
            request, request.GetDescriptor()->FindFieldByName("update_mask")));
    std::set<std::string> names(mask->paths().begin(), mask->paths().end());
    if (names.empty()) {
      std::vector<const FieldDescriptor*> set;
      resource.GetReflection()->ListFields(resource, &set);
      for (const FieldDescriptor* field : set) {
        names.insert(field->name());
      }
    } else if (names.contains("*")) {
      const Descriptor* type = resource.GetDescriptor();
      for (int i = 0; i < type->field_count(); ++i) {
        names.insert(type->field(i)->name());
      }
    }
    return names;
  }

  // A oneof with a required member needs one of its members.
  void CheckOneof(const Message& message, const OneofDescriptor* oneof, const Place* parent,
                  Demand demanded) {
    bool required = false;
    std::vector<std::string> members;
    for (int i = 0; i < oneof->field_count(); ++i) {
      required |= RulesOf(oneof->field(i)).required() && demanded(oneof->field(i));
      members.push_back(oneof->field(i)->name());
    }
    const FieldDescriptor* given = message.GetReflection()->GetOneofFieldDescriptor(message, oneof);
    if (required && (given == nullptr || !demanded(given))) {
      violations_.Add(ERROR_REASON_FIELD_MISSING, Place::PathTo(parent, oneof->name()),
                      absl::StrCat("one of ", absl::StrJoin(members, ", "), " has to be given"));
    }
  }

  const FieldDescriptor* const updated_;
  types::Violations violations_;
};

}  // namespace

absl::Status Validate(Message& request) {
  Validator validator(request.GetDescriptor());
  validator.CheckMessage(request, nullptr, [](const FieldDescriptor*) { return true; });
  return validator.status();
}

}  // namespace scharnier::rpc
