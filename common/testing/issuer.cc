#include "common/testing/issuer.h"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "openssl/bn.h"
#include "openssl/core_names.h"
#include "openssl/ecdsa.h"
#include "openssl/evp.h"
#include "openssl/pem.h"

namespace scharnier::testing {
namespace {

constexpr int kCoordinateBytes = 32;

void Check(bool ok, const char* what) {
  if (!ok) {
    std::fprintf(stderr, "the test issuer failed: %s\n", what);
    std::abort();
  }
}

template <class T, void (*free_it)(T*)>
struct Free {
  void operator()(T* pointer) const { free_it(pointer); }
};
using Number = std::unique_ptr<BIGNUM, Free<BIGNUM, BN_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX, EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG, ECDSA_SIG_free>>;

unsigned char* Out(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

std::string ToBytes(const BIGNUM* number, int size) {
  std::string bytes(static_cast<size_t>(size), '\0');
  Check(BN_bn2binpad(number, Out(bytes), size) == size, "a number");
  return bytes;
}

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", text, "\""); }

// A part of the public key as JSON text; `size` 0: as long as it is.
std::string Parameter(const EVP_PKEY* key, const char* name, int size) {
  BIGNUM* found = nullptr;
  Check(EVP_PKEY_get_bn_param(key, name, &found) == 1, name);
  const Number number(found);
  return Quoted(absl::WebSafeBase64Escape(ToBytes(found, size == 0 ? BN_num_bytes(found) : size)));
}

// DER to r||s.
std::string ToRaw(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const Signature signature(d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size())));
  Check(signature != nullptr, "an ECDSA signature");
  return ToBytes(ECDSA_SIG_get0_r(signature.get()), kCoordinateBytes) +
         ToBytes(ECDSA_SIG_get0_s(signature.get()), kCoordinateBytes);
}

}  // namespace

struct Issuer::Key {
  std::unique_ptr<EVP_PKEY, Free<EVP_PKEY, EVP_PKEY_free>> pkey;
};

std::string ToJson(const Members& members) {
  std::vector<std::string> parts;
  parts.reserve(members.size());
  for (const auto& [name, value] : members) {
    parts.push_back(absl::StrCat(Quoted(name), ":", value));
  }
  return absl::StrCat("{", absl::StrJoin(parts, ","), "}");
}

Issuer::Issuer(std::string algorithm, std::string kid, int rsa_bits)
    : algorithm_(std::move(algorithm)), kid_(std::move(kid)), key_(std::make_unique<Key>()) {
  key_->pkey.reset(algorithm_ == "ES256" ? EVP_EC_gen("P-256")
                                         : EVP_RSA_gen(static_cast<unsigned int>(rsa_bits)));
  Check(key_->pkey != nullptr, "a key");
}
Issuer::~Issuer() = default;
Issuer::Issuer(Issuer&&) noexcept = default;

Members Issuer::Jwk() const {
  Members jwk = {{"alg", Quoted(algorithm_)}, {"kid", Quoted(kid_)}, {"use", Quoted("sig")}};
  const EVP_PKEY* const key = key_->pkey.get();
  if (algorithm_ == "ES256") {
    jwk["kty"] = Quoted("EC");
    jwk["crv"] = Quoted("P-256");
    jwk["x"] = Parameter(key, OSSL_PKEY_PARAM_EC_PUB_X, kCoordinateBytes);
    jwk["y"] = Parameter(key, OSSL_PKEY_PARAM_EC_PUB_Y, kCoordinateBytes);
  } else {
    jwk["kty"] = Quoted("RSA");
    jwk["n"] = Parameter(key, OSSL_PKEY_PARAM_RSA_N, 0);
    jwk["e"] = Parameter(key, OSSL_PKEY_PARAM_RSA_E, 0);
  }
  return jwk;
}

std::string Issuer::Jwks() const { return absl::StrCat(R"({"keys":[)", ToJson(Jwk()), "]}"); }

std::string Issuer::Pem() const {
  const std::unique_ptr<BIO, Free<BIO, BIO_free_all>> memory(BIO_new(BIO_s_mem()));
  Check(PEM_write_bio_PUBKEY(memory.get(), key_->pkey.get()) == 1, "PEM");
  char* text = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<size_t>(length)};
}

Members Issuer::Header() const {
  return {{"alg", Quoted(algorithm_)}, {"kid", Quoted(kid_)}, {"typ", Quoted("at+jwt")}};
}

Members Issuer::Claims(absl::Time now) {
  const int64_t issued = absl::ToUnixSeconds(now);
  return {{"iss", Quoted(kUrl)},
          {"aud", Quoted(kAudience)},
          {"sub", Quoted("0190a000-1")},
          {"iat", absl::StrCat(issued)},
          {"exp", absl::StrCat(issued + 3600)}};
}

std::string Issuer::Token(const Members& claims) const {
  return Sign(ToJson(Header()), ToJson(claims));
}

std::string Issuer::Sign(absl::string_view header, absl::string_view payload) const {
  const std::string text =
      absl::StrCat(absl::WebSafeBase64Escape(header), ".", absl::WebSafeBase64Escape(payload));
  return absl::StrCat(text, ".", absl::WebSafeBase64Escape(SignatureOf(text)));
}

std::string Issuer::SignatureOf(absl::string_view text) const {
  const Context context(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  Check(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_->pkey.get()) == 1,
        "the beginning of a signature");
  size_t length = 0;
  Check(EVP_DigestSign(context.get(), nullptr, &length, bytes, text.size()) == 1, "a length");
  std::string signature(length, '\0');
  Check(EVP_DigestSign(context.get(), Out(signature), &length, bytes, text.size()) == 1,
        "a signature");
  signature.resize(length);
  return algorithm_ == "ES256" ? ToRaw(signature) : signature;
}

}  // namespace scharnier::testing
