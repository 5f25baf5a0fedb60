// File: keyring.h
// The service's symmetric keys: sealing (AES-256-GCM) and keyed hashes (HMAC-SHA-256), by purpose,
// with rotation.
//
// A keyring file has a line a key: `purpose id base64`. Of a purpose the last line seals and
// hashes; all of them open.

#ifndef SCHARNIER_COMMON_RUNTIME_KEYRING_H_
#define SCHARNIER_COMMON_RUNTIME_KEYRING_H_

#include <array>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace scharnier::runtime {

class Keyring {
 public:
  // The purposes that a service needs; a file without one of them is refused.
  static constexpr const char* kPageToken = "page-token";  // sealed page tokens
  static constexpr const char* kEnvelope = "envelope";     // sensitive columns
  // person_key: one key, the same in all services, not rotated.
  static constexpr const char* kPerson = "person";
  static constexpr const char* kPseudonym = "pseudonym";       // personal values in the audit trail
  static constexpr const char* kActionToken = "action-token";  // links in mails; in all services
  static constexpr std::array<const char*, 5> kPurposes = {kPageToken, kEnvelope, kPerson,
                                                           kPseudonym, kActionToken};

  // Reads the text of a keyring file. Errors: INVALID_ARGUMENT with all problems by line.
  static absl::StatusOr<Keyring> Parse(absl::string_view text);
  // A keyring with random keys for every purpose, for tests and `./dev`; ToText() is the file.
  static Keyring Random();
  std::string ToText() const;

  // Encrypts and authenticates; `aad` is authenticated too and has to be given again to open.
  std::string Seal(absl::string_view purpose, absl::string_view plaintext,
                   absl::string_view aad) const;
  // Errors: INVALID_ARGUMENT when the bytes were not sealed by a key of this purpose with this aad.
  absl::StatusOr<std::string> Open(absl::string_view purpose, absl::string_view sealed,
                                   absl::string_view aad) const;
  // HMAC-SHA-256, 32 bytes.
  std::string Mac(absl::string_view purpose, absl::string_view text) const;

 private:
  struct Key {
    std::string id;
    std::string bytes;  // 32
  };
  // Ends the process where the purpose has no key: only Parse() and Random() make keyrings.
  const std::vector<Key>& KeysOf(absl::string_view purpose) const;

  // By purpose, in the file's order.
  std::map<std::string, std::vector<Key>, std::less<>> keys_;
};

// The normal form of an address, by which people are compared: NFC, lower case.
std::string NormaliseEmail(absl::string_view email);
// Names a person by their address without showing it: hex of HMAC of the normal form.
std::string PersonKey(const Keyring& keyring, absl::string_view email);

}  // namespace scharnier::runtime

#endif  // SCHARNIER_COMMON_RUNTIME_KEYRING_H_
