// File: key_set.h
// The public keys by which an issuer's tokens are verified, as it publishes them (JWKS, RFC 7517).
//
//   ASSIGN_OR_RETURN(const KeySet keys, KeySet::Parse(document, Algorithm::kEs256));
//   if (keys.Verifies("2022-01", token)) …

#ifndef SCHARNIER_COMMON_IDENTITY_KEY_SET_H_
#define SCHARNIER_COMMON_IDENTITY_KEY_SET_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace scharnier::identity {

// How tokens are signed. It is configured, never taken from a token.
enum class Algorithm {
  kEs256,  // ECDSA on P-256 with SHA-256
  kRs256,  // RSA of 2048 bits or more, PKCS #1 v1.5, with SHA-256
};

// As JOSE writes it: "ES256".
absl::string_view NameOf(Algorithm algorithm);

// Keys for one algorithm, by kid. Immutable; any number of threads.
class KeySet {
 public:
  // Reads a JWKS. Keys of another kind, use or algorithm, without kid or with private parts, and
  // RSA keys with fewer bits or another exponent than 65537, are left out. Errors: INVALID_ARGUMENT
  // where the document is no JWKS, or of the keys that stay there are none or two with one kid.
  static absl::StatusOr<KeySet> Parse(absl::string_view jwks, Algorithm algorithm);

  bool Has(absl::string_view kid) const;
  // Whether the key signed this compact JWS, whose header has been judged and names the set's
  // algorithm. False where there is no such key.
  bool Verifies(absl::string_view kid, absl::string_view token) const;
  std::vector<std::string> kids() const;

  // Whether both hold the same keys by the same names.
  bool operator==(const KeySet& other) const;

 private:
  struct Key;

  std::map<std::string, std::shared_ptr<const Key>, std::less<>> keys_;
};

}  // namespace scharnier::identity

#endif  // SCHARNIER_COMMON_IDENTITY_KEY_SET_H_
