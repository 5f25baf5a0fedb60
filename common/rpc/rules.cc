#include "common/rpc/rules.h"

#include "absl/strings/match.h"

namespace scharnier::rpc {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

const options::v1::FieldRules& RulesOf(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::rules);
}

const FieldDescriptor* UpdatedResource(const Descriptor* request) {
  if (request->FindFieldByName("update_mask") == nullptr) {
    return nullptr;
  }
  for (int i = 0; i < request->field_count(); ++i) {
    const FieldDescriptor* field = request->field(i);
    if (field->message_type() != nullptr && !field->is_repeated() &&
        !IsGoogles(field->message_type())) {
      return field;
    }
  }
  return nullptr;
}

bool IsGoogles(const Descriptor* message) {
  return absl::StartsWith(message->file()->package(), "google.");
}

}  // namespace scharnier::rpc
