#include "common/changes/difference.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"
#include "scharnier/options/v1/options.pb.h"

namespace scharnier::changes {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kNoIndex = -1;

// A value's place. Most values have not changed, so the text is made for those that have alone.
struct Path {
  const Path* parent;
  const FieldDescriptor* field;
  int index;

  std::string ToText() const {
    return absl::StrCat(parent == nullptr ? "" : absl::StrCat(parent->ToText(), "."), field->name(),
                        index == kNoIndex ? "" : absl::StrCat("[", index, "]"));
  }
};

bool IsPersonal(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::rules).data() != options::v1::DATA_UNSPECIFIED;
}

bool IsTimestamp(const FieldDescriptor* field) {
  return field->message_type() == google::protobuf::Timestamp::descriptor();
}

int Count(const Message* message, const FieldDescriptor* field) {
  return message == nullptr ? 0 : message->GetReflection()->FieldSize(*message, field);
}

bool Has(const Message* message, const FieldDescriptor* field) {
  return message != nullptr && message->GetReflection()->HasField(*message, field);
}

const Message& Submessage(const Message& message, const Path& path) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  return path.index == kNoIndex ? reflection.GetMessage(message, path.field)
                                : reflection.GetRepeatedMessage(message, path.field, path.index);
}

std::string Text(const Message& message, const Path& path) {
  const FieldDescriptor* field = path.field;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    return path.index == kNoIndex ? reflection.GetString(message, field)
                                  : reflection.GetRepeatedString(message, field, path.index);
  }
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    return google::protobuf::util::TimeUtil::ToString(
        static_cast<const google::protobuf::Timestamp&>(Submessage(message, path)));
  }
  std::string text;
  google::protobuf::TextFormat::PrintFieldValueToString(message, field, path.index, &text);
  return text;
}

class Comparison {
 public:
  // Either may be null, not both.
  void Messages(const Message* before, const Message* after, const Path* parent, bool personal) {
    const google::protobuf::Descriptor* type = (after == nullptr ? before : after)->GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (!field->is_repeated()) {
        Values(Has(before, field) ? before : nullptr, Has(after, field) ? after : nullptr,
               {parent, field, kNoIndex}, personal);
        continue;
      }
      const int count_before = Count(before, field);
      const int count_after = Count(after, field);
      for (int j = 0; j < std::max(count_before, count_after); ++j) {
        Values(j < count_before ? before : nullptr, j < count_after ? after : nullptr,
               {parent, field, j}, personal);
      }
    }
  }

  std::vector<FieldChange> Take() { return std::move(changes_); }

 private:
  // The messages that hold the value; null where it is not set.
  void Values(const Message* before, const Message* after, const Path& path, bool personal) {
    if (before == nullptr && after == nullptr) {
      return;
    }
    personal = personal || IsPersonal(path.field);
    if (path.field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || IsTimestamp(path.field)) {
      auto text_before = before == nullptr ? std::nullopt : std::optional(Text(*before, path));
      auto text_after = after == nullptr ? std::nullopt : std::optional(Text(*after, path));
      if (text_before != text_after) {
        changes_.push_back(
            {path.ToText(), personal, std::move(text_before), std::move(text_after)});
      }
      return;
    }
    const std::size_t known = changes_.size();
    Messages(before == nullptr ? nullptr : &Submessage(*before, path),
             after == nullptr ? nullptr : &Submessage(*after, path), &path, personal);
    // A message without fields says something by being there, such as `unlimited`.
    if ((before == nullptr) != (after == nullptr) && changes_.size() == known) {
      const auto set = [](const Message* holder) {
        return holder == nullptr ? std::nullopt : std::optional<std::string>("set");
      };
      changes_.push_back({path.ToText(), personal, set(before), set(after)});
    }
  }

  std::vector<FieldChange> changes_;
};

}  // namespace

std::vector<FieldChange> Difference(const Message* before, const Message& after) {
  Comparison comparison;
  comparison.Messages(before, &after, nullptr, false);
  return comparison.Take();
}

}  // namespace scharnier::changes
