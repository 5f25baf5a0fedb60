// File: encoding.h
// What tokens and keys are written in, read strictly: base64url (RFC 7515, 2) and JSON objects.

#ifndef SCHARNIER_COMMON_IDENTITY_ENCODING_H_
#define SCHARNIER_COMMON_IDENTITY_ENCODING_H_

#include <jansson.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace scharnier::identity {

// The bytes; nullopt where there is padding, a blank, another alphabet or a bit beyond the last
// byte: of each text there is one spelling only.
std::optional<std::string> DecodeBase64Url(absl::string_view text);

struct FreeJson {
  void operator()(json_t* json) const { json_decref(json); }
};
using Json = std::unique_ptr<json_t, FreeJson>;

// The object; nullptr where the text is another value, names a member twice at any depth, is no
// UTF-8, holds U+0000 or goes on behind the object.
Json ParseObject(absl::string_view text);

// The text of a JSON string; nullopt for any other value and for nullptr.
std::optional<std::string> TextOf(const json_t* value);

}  // namespace scharnier::identity

#endif  // SCHARNIER_COMMON_IDENTITY_ENCODING_H_
