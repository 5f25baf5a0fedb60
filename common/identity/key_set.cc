#include "common/identity/key_set.h"

#include <cjose/cjose.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "common/identity/encoding.h"

namespace scharnier::identity {
namespace {

constexpr size_t kCoordinateBytes = 32;
constexpr size_t kLeastModulusBytes = 256;
constexpr absl::string_view kExponent = "AQAB";  // 65537

bool IsAbsentOr(const json_t* value, absl::string_view expected) {
  return value == nullptr || TextOf(value) == expected;
}

// The bytes that a member holds; none where it is no base64url.
std::string BytesOf(const json_t* key, const char* member) {
  return DecodeBase64Url(TextOf(json_object_get(key, member)).value_or("")).value_or("");
}

bool IsP256(const json_t* key) {
  return TextOf(json_object_get(key, "kty")) == "EC" &&
         TextOf(json_object_get(key, "crv")) == "P-256" &&
         BytesOf(key, "x").size() == kCoordinateBytes &&
         BytesOf(key, "y").size() == kCoordinateBytes;
}

bool IsLongRsa(const json_t* key) {
  const std::string modulus = BytesOf(key, "n");
  // The first bit is set: zeros in front would lengthen a short one.
  return TextOf(json_object_get(key, "kty")) == "RSA" && modulus.size() >= kLeastModulusBytes &&
         (static_cast<unsigned char>(modulus[0]) & 0x80) != 0 &&
         TextOf(json_object_get(key, "e")) == kExponent;
}

bool HasPrivateParts(const json_t* key) {
  for (const char* member : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    if (json_object_get(key, member) != nullptr) {
      return true;
    }
  }
  return false;
}

bool IsUsable(const json_t* key, Algorithm algorithm) {
  return IsAbsentOr(json_object_get(key, "use"), "sig") &&
         IsAbsentOr(json_object_get(key, "alg"), NameOf(algorithm)) && !HasPrivateParts(key) &&
         (algorithm == Algorithm::kEs256 ? IsP256(key) : IsLongRsa(key));
}

struct FreeJwk {
  void operator()(cjose_jwk_t* jwk) const { cjose_jwk_release(jwk); }
};
struct FreeJws {
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
};
struct FreeText {
  void operator()(char* text) const { cjose_get_dealloc()(text); }
};
using Jwk = std::unique_ptr<cjose_jwk_t, FreeJwk>;

}  // namespace

absl::string_view NameOf(Algorithm algorithm) {
  return algorithm == Algorithm::kEs256 ? "ES256" : "RS256";
}

struct KeySet::Key {
  Jwk jwk;
  std::string text;  // as cjose writes it, in one order
};

absl::StatusOr<KeySet> KeySet::Parse(absl::string_view jwks, Algorithm algorithm) {
  const Json document = ParseObject(jwks);
  const json_t* const keys = json_object_get(document.get(), "keys");
  if (keys == nullptr || json_typeof(keys) != JSON_ARRAY) {
    return absl::InvalidArgumentError("not a JWKS");
  }
  KeySet set;
  for (size_t i = 0; i < json_array_size(keys); ++i) {
    json_t* const key = json_array_get(keys, i);
    if (json_typeof(key) != JSON_OBJECT) {
      return absl::InvalidArgumentError("not a JWKS: a key is no object");
    }
    const std::string kid = TextOf(json_object_get(key, "kid")).value_or("");
    if (kid.empty() || !IsUsable(key, algorithm)) {
      continue;
    }
    // cjose refuses points off the curve.
    Jwk jwk(cjose_jwk_import_json(reinterpret_cast<cjose_header_t*>(key), nullptr));
    if (jwk == nullptr) {
      continue;
    }
    const std::unique_ptr<char, FreeText> text(cjose_jwk_to_json(jwk.get(), false, nullptr));
    auto entry = std::make_shared<const Key>(Key{std::move(jwk), text.get()});
    if (!set.keys_.try_emplace(kid, std::move(entry)).second) {
      return absl::InvalidArgumentError("two keys have the same kid");
    }
  }
  if (set.keys_.empty()) {
    return absl::InvalidArgumentError("no usable key");
  }
  return set;
}

bool KeySet::Has(absl::string_view kid) const { return keys_.contains(kid); }

bool KeySet::Verifies(absl::string_view kid, absl::string_view token) const {
  const auto key = keys_.find(kid);
  const std::unique_ptr<cjose_jws_t, FreeJws> jws(
      cjose_jws_import(token.data(), token.size(), nullptr));
  return key != keys_.end() && jws != nullptr &&
         cjose_jws_verify(jws.get(), key->second->jwk.get(), nullptr);
}

std::vector<std::string> KeySet::kids() const {
  std::vector<std::string> kids;
  for (const auto& [kid, key] : keys_) {
    kids.push_back(kid);
  }
  return kids;
}

bool KeySet::operator==(const KeySet& other) const {
  return std::equal(keys_.begin(), keys_.end(), other.keys_.begin(), other.keys_.end(),
                    [](const auto& a, const auto& b) {
                      return a.first == b.first && a.second->text == b.second->text;
                    });
}

}  // namespace scharnier::identity
