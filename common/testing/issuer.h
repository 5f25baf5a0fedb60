// File: issuer.h
// An issuer of access tokens for tests: a fresh key in memory, and tokens signed with it, right or
// wrong. Signs by OpenSSL alone, so that it shares no mistake with what verifies.
//
//   const testing::Issuer issuer;
//   auto claims = Issuer::Claims(now);
//   claims["roles"] = R"(["staff"])";
//   verifier.Verify(issuer.Token(claims), …);

#ifndef SCHARNIER_COMMON_TESTING_ISSUER_H_
#define SCHARNIER_COMMON_TESTING_ISSUER_H_

#include <map>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace scharnier::testing {

// The members of a JSON object: each value is JSON too.
using Members = std::map<std::string, std::string>;
std::string ToJson(const Members& members);

class Issuer {
 public:
  static constexpr absl::string_view kUrl = "https://issuer.example.org/realm";
  static constexpr absl::string_view kAudience = "scharnier";

  // `algorithm` is ES256 or RS256.
  explicit Issuer(std::string algorithm = "ES256", std::string kid = "key-1", int rsa_bits = 2048);
  ~Issuer();
  Issuer(Issuer&&) noexcept;

  // Its public key, as published: a member a parameter.
  Members Jwk() const;
  // A JWKS of its key.
  std::string Jwks() const;
  // The public key as PEM.
  std::string Pem() const;

  // The header and the claims of a token that is valid for an hour from `now`.
  Members Header() const;
  static Members Claims(absl::Time now);

  // A token with this issuer's header.
  std::string Token(const Members& claims) const;
  // A token of any two texts.
  std::string Sign(absl::string_view header, absl::string_view payload) const;
  // The signature in JOSE's form, not yet in base64url: 64 bytes for ES256.
  std::string SignatureOf(absl::string_view text) const;

 private:
  struct Key;
  const std::string algorithm_, kid_;
  std::unique_ptr<Key> key_;
};

}  // namespace scharnier::testing

#endif  // SCHARNIER_COMMON_TESTING_ISSUER_H_
