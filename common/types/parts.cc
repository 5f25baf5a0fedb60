#include "common/types/parts.h"

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "scharnier/options/v1/options.pb.h"

namespace scharnier::types {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using options::v1::Data;

Data DataOf(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::rules).data();
}

bool IsMessage(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

std::vector<const FieldDescriptor*> SetFields(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return fields;
}

void Clear(std::initializer_list<Data> kinds, Message& message) {
  const Reflection* reflection = message.GetReflection();
  for (const FieldDescriptor* field : SetFields(message)) {
    if (std::find(kinds.begin(), kinds.end(), DataOf(field)) != kinds.end()) {
      reflection->ClearField(&message, field);
    } else if (IsMessage(field) && field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
        Clear(kinds, *reflection->MutableRepeatedMessage(&message, field, i));
      }
    } else if (IsMessage(field)) {
      Clear(kinds, *reflection->MutableMessage(&message, field));
    }
  }
}

// Leaves what is of this kind, and says whether anything is. All elements of a list stay while one
// of them has something: their places say to which element of the other parts they belong.
bool Keep(Data kind, Message& message) {
  const Reflection* reflection = message.GetReflection();
  reflection->MutableUnknownFields(&message)->Clear();
  bool anything = false;
  for (const FieldDescriptor* field : SetFields(message)) {
    bool keep = DataOf(field) == kind;
    if (!keep && DataOf(field) == options::v1::DATA_UNSPECIFIED && IsMessage(field)) {
      if (field->is_repeated()) {
        for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
          keep |= Keep(kind, *reflection->MutableRepeatedMessage(&message, field, i));
        }
      } else {
        keep = Keep(kind, *reflection->MutableMessage(&message, field));
      }
    }
    if (!keep) {
      reflection->ClearField(&message, field);
    }
    anything |= keep;
  }
  return anything;
}

// Moves what `part` has into `message`: its messages one by one, then the rest, of which `message`
// has nothing.
void MoveInto(Message& part, Message& message) {
  const Reflection* reflection = message.GetReflection();
  for (const FieldDescriptor* field : SetFields(part)) {
    if (!IsMessage(field)) {
      continue;
    }
    if (field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(part, field); ++i) {
        Message& element = i < reflection->FieldSize(message, field)
                               ? *reflection->MutableRepeatedMessage(&message, field, i)
                               : *reflection->AddMessage(&message, field);
        MoveInto(*reflection->MutableRepeatedMessage(&part, field, i), element);
      }
    } else {
      MoveInto(*reflection->MutableMessage(&part, field),
               *reflection->MutableMessage(&message, field));
    }
    reflection->ClearField(&part, field);
  }
  message.MergeFrom(part);
}

}  // namespace

void ClearPersonal(Message& message) {
  Clear({options::v1::DATA_PERSONAL, options::v1::DATA_SENSITIVE}, message);
}

void KeepPersonal(Message& message) { Keep(options::v1::DATA_PERSONAL, message); }

void KeepSensitive(Message& message) { Keep(options::v1::DATA_SENSITIVE, message); }

void ClearSensitive(Message& message) { Clear({options::v1::DATA_SENSITIVE}, message); }

void Join(const Message& part, Message& message) {
  std::unique_ptr<Message> rest(part.New());
  rest->CopyFrom(part);
  MoveInto(*rest, message);
}

}  // namespace scharnier::types
