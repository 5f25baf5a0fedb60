#include "common/rpc/field_mask.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/rpc/rules.h"
#include "common/types/violations.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/message_differencer.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A name and an etag say which resource, and which version of it, is to be changed.
bool Identifies(const FieldDescriptor* field) {
  return field->name() == "name" || field->name() == "etag";
}

absl::Status MaskInvalid(const std::string& path, absl::string_view description) {
  return errors::Error(types::v1::ERROR_REASON_FIELD_MASK_INVALID, "the update mask is not valid")
      .Field("update_mask", absl::StrCat("a path ", description))
      .With("path", path);
}

// Every field that can be changed, of which `wanted` says yes.
template <class Wanted>
std::set<std::string> Writable(const Descriptor* type, Wanted wanted) {
  std::set<std::string> fields;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (!Identifies(field) && !RulesOf(field).output_only() && wanted(field)) {
      fields.insert(field->name());
    }
  }
  return fields;
}

}  // namespace

absl::StatusOr<std::set<std::string>> MaskedFields(const google::protobuf::FieldMask& mask,
                                                   const Message& patch) {
  const Descriptor* type = patch.GetDescriptor();
  if (mask.paths_size() == 0) {
    std::vector<const FieldDescriptor*> set;
    patch.GetReflection()->ListFields(patch, &set);
    auto fields = Writable(type, [&](const FieldDescriptor* field) {
      return std::find(set.begin(), set.end(), field) != set.end();
    });
    if (fields.empty()) {
      // Or else a slip in a field's name, which JSON's readers drop, would pass for done.
      return types::FieldMissing("update_mask",
                                 "names what to change, or else the resource has it");
    }
    return fields;
  }
  if (mask.paths_size() == 1 && mask.paths(0) == "*") {
    return Writable(type, [](const FieldDescriptor*) { return true; });
  }
  std::set<std::string> given;
  std::set<std::string> fields;
  for (const std::string& path : mask.paths()) {
    if (path == "*") {
      return MaskInvalid(path, "is *, which stands alone");
    }
    const FieldDescriptor* field = type->FindFieldByName(path);
    if (field == nullptr) {
      return MaskInvalid(path, path.find('.') == std::string::npos
                                   ? "is no field of the resource"
                                   : "lies below the top level: name the whole field");
    }
    if (!given.insert(path).second) {
      return MaskInvalid(path, "is given twice");
    }
    if (Identifies(field)) {
      continue;
    }
    if (RulesOf(field).output_only()) {
      return MaskInvalid(path, "is set by the service alone");
    }
    fields.insert(path);
  }
  return fields;
}

void ApplyFields(const std::set<std::string>& fields, const Message& patch, Message& resource) {
  // Merging copies any kind of field, and makes a member of a oneof replace the others.
  std::unique_ptr<Message> changes(patch.New());
  changes->CopyFrom(patch);
  const Descriptor* type = patch.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    const bool masked = fields.contains(field->name());
    Message& cleared = masked ? resource : *changes;
    cleared.GetReflection()->ClearField(&cleared, field);
  }
  resource.MergeFrom(*changes);
}

std::set<std::string> ChangedFields(const Message& before, const Message& after) {
  std::set<std::string> changed;
  const Descriptor* type = before.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    // An empty message is not the same as none.
    const bool appears = field->has_presence() && before.GetReflection()->HasField(before, field) !=
                                                      after.GetReflection()->HasField(after, field);
    google::protobuf::util::MessageDifferencer differencer;
    if (appears || !differencer.CompareWithFields(before, after, {field}, {field})) {
      changed.insert(field->name());
    }
  }
  return changed;
}

}  // namespace scharnier::rpc
