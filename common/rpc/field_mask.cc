#include "common/rpc/field_mask.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/rpc/rules.h"
#include "google/protobuf/descriptor.h"
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

absl::Status MaskInvalid(int index, absl::string_view description) {
  return errors::Error(types::v1::ERROR_REASON_FIELD_MASK_INVALID, "the update mask is not valid")
      .Field("update_mask", absl::StrCat("paths[", index, "] ", description));
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
    return Writable(type, [&](const FieldDescriptor* field) {
      return std::find(set.begin(), set.end(), field) != set.end();
    });
  }
  if (mask.paths_size() == 1 && mask.paths(0) == "*") {
    return Writable(type, [](const FieldDescriptor*) { return true; });
  }
  std::set<std::string> given;
  std::set<std::string> fields;
  for (int i = 0; i < mask.paths_size(); ++i) {
    const std::string& path = mask.paths(i);
    if (path == "*") {
      return MaskInvalid(i, "is *, which stands alone");
    }
    const FieldDescriptor* field = type->FindFieldByName(path);
    if (field == nullptr) {
      return MaskInvalid(i, path.find('.') == std::string::npos
                                ? "is no field of the resource"
                                : "lies below the top level: name the whole field");
    }
    if (!given.insert(path).second) {
      return MaskInvalid(i, "is given twice");
    }
    if (Identifies(field)) {
      continue;
    }
    if (RulesOf(field).output_only()) {
      return errors::Error(types::v1::ERROR_REASON_FIELD_MASK_INVALID,
                           "the update mask names a field that cannot be written")
          .Field("update_mask", absl::StrCat("paths[", i, "] is set by the service alone"))
          .With("path", path);
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

}  // namespace scharnier::rpc
