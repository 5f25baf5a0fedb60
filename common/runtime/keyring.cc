#include "common/runtime/keyring.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/runtime/log.h"
#include "common/runtime/random.h"
#include "openssl/evp.h"
#include "openssl/hmac.h"
#include "unicode/locid.h"
#include "unicode/normalizer2.h"
#include "unicode/unistr.h"

namespace scharnier::runtime {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr int kNonceBytes = 12;
constexpr int kTagBytes = 16;
constexpr size_t kMaxIdChars = 32;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* cipher) const { EVP_CIPHER_CTX_free(cipher); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

const unsigned char* In(absl::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Out(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

// Ends the process: what is asked of the libraries here fails only where memory or the program
// itself is broken.
void Check(bool ok, absl::string_view what) {
  if (!ok) {
    log::Error("a library failed", {{"step", std::string(what)}});
    std::abort();
  }
}

// The purpose is authenticated with the rest: one key under two purposes still opens its own only.
std::string Authenticated(absl::string_view purpose, absl::string_view aad) {
  return absl::StrCat(purpose, absl::string_view("\0", 1), aad);
}

// A cipher that has taken in key, nonce and what is authenticated alone.
Cipher Begin(bool encrypt, absl::string_view key, absl::string_view nonce, absl::string_view aad) {
  Cipher cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  Check(EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, In(key), In(nonce),
                          encrypt ? 1 : 0) == 1,
        "begin");
  Check(
      EVP_CipherUpdate(cipher.get(), nullptr, &length, In(aad), static_cast<int>(aad.size())) == 1,
      "authenticate");
  return cipher;
}

std::string Encrypt(absl::string_view key, absl::string_view nonce, absl::string_view plaintext,
                    absl::string_view aad) {
  const Cipher cipher = Begin(true, key, nonce, aad);
  std::string sealed(plaintext.size() + kTagBytes, '\0');
  int length = 0;
  Check(EVP_CipherUpdate(cipher.get(), Out(sealed), &length, In(plaintext),
                         static_cast<int>(plaintext.size())) == 1,
        "encrypt");
  unsigned char* const tag = Out(sealed) + plaintext.size();
  Check(EVP_CipherFinal_ex(cipher.get(), tag, &length) == 1, "end");
  Check(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag) == 1, "tag");
  return sealed;
}

// False where the bytes are not what was sealed.
bool Decrypt(absl::string_view key, absl::string_view nonce, absl::string_view sealed,
             absl::string_view aad, std::string& plaintext) {
  const Cipher cipher = Begin(false, key, nonce, aad);
  const absl::string_view text = sealed.substr(0, sealed.size() - kTagBytes);
  std::string tag(sealed.substr(text.size()));
  plaintext.resize(text.size());
  int length = 0;
  Check(EVP_CipherUpdate(cipher.get(), Out(plaintext), &length, In(text),
                         static_cast<int>(text.size())) == 1,
        "decrypt");
  Check(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1, "tag");
  unsigned char none = 0;
  return EVP_CipherFinal_ex(cipher.get(), &none, &length) == 1;
}

// Why a line's parts are no key; empty where they are. Quotes no key.
std::string ProblemOf(const std::vector<std::string>& parts) {
  if (parts.size() != 3) {
    return "has to have the form `purpose id base64`";
  }
  if (parts[1].size() > kMaxIdChars) {
    return absl::StrCat("the id is longer than ", kMaxIdChars, " characters");
  }
  std::string bytes;
  if (!absl::Base64Unescape(parts[2], &bytes) || bytes.size() != kKeyBytes) {
    return absl::StrCat("the key has to be base64 of ", kKeyBytes, " bytes");
  }
  return "";
}

}  // namespace

absl::StatusOr<Keyring> Keyring::Parse(absl::string_view text) {
  Keyring keyring;
  std::vector<std::string> problems;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    const std::vector<std::string> parts =
        absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (parts.empty() || parts[0][0] == '#') {
      continue;
    }
    std::string problem = ProblemOf(parts);
    if (problem.empty()) {
      std::vector<Key>& keys = keyring.keys_[parts[0]];
      if (std::any_of(keys.begin(), keys.end(), [&](const Key& k) { return k.id == parts[1]; })) {
        problem = absl::StrCat("the purpose ", parts[0], " has this id already");
      } else if (parts[0] == kPerson && !keys.empty()) {
        problem = absl::StrCat("the purpose ", kPerson, " has one key only: it is not rotated");
      }
      Key key{parts[1], ""};
      absl::Base64Unescape(parts[2], &key.bytes);
      keys.push_back(std::move(key));
    }
    if (!problem.empty()) {
      problems.push_back(absl::StrCat("line ", number, ": ", problem));
    }
  }
  for (const char* purpose : kPurposes) {
    if (!keyring.keys_.contains(purpose)) {
      problems.push_back(absl::StrCat("there is no key for the purpose ", purpose));
    }
  }
  if (!problems.empty()) {
    return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
  }
  return keyring;
}

Keyring Keyring::Random() {
  Keyring keyring;
  for (const char* purpose : kPurposes) {
    keyring.keys_[purpose] = {{absl::BytesToHexString(RandomBytes(4)), RandomBytes(kKeyBytes)}};
  }
  return keyring;
}

std::string Keyring::ToText() const {
  std::string text;
  for (const auto& [purpose, keys] : keys_) {
    for (const Key& key : keys) {
      absl::StrAppend(&text, purpose, " ", key.id, " ", absl::Base64Escape(key.bytes), "\n");
    }
  }
  return text;
}

const std::vector<Keyring::Key>& Keyring::KeysOf(absl::string_view purpose) const {
  const auto found = keys_.find(purpose);
  Check(found != keys_.end(), absl::StrCat("no key for ", purpose));
  return found->second;
}

// What is sealed: the id's length in a byte, the id, the nonce, the ciphertext, the tag.
std::string Keyring::Seal(absl::string_view purpose, absl::string_view plaintext,
                          absl::string_view aad) const {
  const Key& key = KeysOf(purpose).back();
  const std::string nonce = RandomBytes(kNonceBytes);
  return absl::StrCat(std::string(1, static_cast<char>(key.id.size())), key.id, nonce,
                      Encrypt(key.bytes, nonce, plaintext, Authenticated(purpose, aad)));
}

absl::StatusOr<std::string> Keyring::Open(absl::string_view purpose, absl::string_view sealed,
                                          absl::string_view aad) const {
  absl::Status refusal = absl::InvalidArgumentError("not sealed by a key of this keyring");
  const size_t id_size = sealed.empty() ? 0 : static_cast<unsigned char>(sealed[0]);
  if (sealed.size() < 1 + id_size + kNonceBytes + kTagBytes) {
    return refusal;
  }
  const absl::string_view id = sealed.substr(1, id_size);
  const std::vector<Key>& keys = KeysOf(purpose);
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return id == k.id; });
  if (key == keys.end()) {
    return refusal;
  }
  const absl::string_view nonce = sealed.substr(1 + id_size, kNonceBytes);
  std::string plaintext;
  if (!Decrypt(key->bytes, nonce, sealed.substr(1 + id_size + kNonceBytes),
               Authenticated(purpose, aad), plaintext)) {
    return refusal;
  }
  return plaintext;
}

std::string Keyring::Mac(absl::string_view purpose, absl::string_view text) const {
  const Key& key = KeysOf(purpose).back();
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned int length = 0;
  Check(HMAC(EVP_sha256(), key.bytes.data(), static_cast<int>(key.bytes.size()), In(text),
             text.size(), Out(mac), &length) != nullptr,
        "mac");
  mac.resize(length);
  return mac;
}

std::string NormaliseEmail(absl::string_view email) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  Check(U_SUCCESS(error), "Unicode's tables");
  icu::UnicodeString text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(email.data(), static_cast<int32_t>(email.size())));
  // Lower case first: it may take a letter apart that NFC joins again.
  text = nfc->normalize(text.toLower(icu::Locale::getRoot()), error);
  Check(U_SUCCESS(error), "NFC");
  std::string normal;
  text.toUTF8String(normal);
  return normal;
}

std::string PersonKey(const Keyring& keyring, absl::string_view email) {
  return absl::BytesToHexString(keyring.Mac(Keyring::kPerson, NormaliseEmail(email)));
}

}  // namespace scharnier::runtime
