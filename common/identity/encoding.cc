#include "common/identity/encoding.h"

#include <utility>

#include "absl/strings/escaping.h"

namespace scharnier::identity {

std::optional<std::string> DecodeBase64Url(absl::string_view text) {
  std::string bytes;
  // Abseil overlooks blanks and padding; what it writes has neither.
  if (!absl::WebSafeBase64Unescape(text, &bytes) || absl::WebSafeBase64Escape(bytes) != text) {
    return std::nullopt;
  }
  return bytes;
}

Json ParseObject(absl::string_view text) {
  Json json(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, nullptr));
  return json_is_object(json.get()) ? std::move(json) : nullptr;
}

std::optional<std::string> TextOf(const json_t* value) {
  const char* const text = json_string_value(value);
  if (text == nullptr) {
    return std::nullopt;
  }
  return std::string(text, json_string_length(value));
}

}  // namespace scharnier::identity
