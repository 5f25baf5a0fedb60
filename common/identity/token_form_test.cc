#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/identity/token_test.h"
#include "gmock/gmock.h"
#include "openssl/evp.h"
#include "openssl/hmac.h"

namespace scharnier::identity {
namespace {

std::string Encoded(absl::string_view bytes) { return absl::WebSafeBase64Escape(bytes); }

// Two numbers of 32 bytes as DER.
std::string ToDer(const std::string& raw) {
  std::string numbers;
  for (std::string number : {raw.substr(0, 32), raw.substr(32)}) {
    number.erase(0, number.find_first_not_of('\0'));
    if ((static_cast<unsigned char>(number[0]) & 0x80) != 0) {
      number.insert(0, 1, '\0');
    }
    absl::StrAppend(&numbers, "\x02", std::string(1, static_cast<char>(number.size())), number);
  }
  return absl::StrCat("\x30", std::string(1, static_cast<char>(numbers.size())), numbers);
}

std::string Hs256(const std::string& secret, const std::string& text) {
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned int length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &length);
  mac.resize(length);
  return mac;
}

// The form, the header and the signature.
class FormTest : public TokenTest {
 protected:
  const std::string token_ = issuer_.Token(claims_);
  const std::vector<std::string> parts_ = absl::StrSplit(token_, '.');
  const std::string signed_ = absl::StrCat(parts_[0], ".", parts_[1]);

  // A valid token of that many bytes: blanks around an object are JSON too.
  std::string OfSize(size_t size) const {
    std::string header = ToJson(issuer_.Header());
    // Base64 has no text whose length is one more than a multiple of four: then the header grows.
    for (;; header += ' ') {
      std::string payload = ToJson(claims_);
      const size_t left = size - Encoded(header).size() - parts_[2].size() - 2;
      while (Encoded(payload).size() < left) {
        payload += ' ';
      }
      if (Encoded(payload).size() == left) {
        return issuer_.Sign(header, payload);
      }
    }
  }
  std::string WithSignature(absl::string_view bytes) const {
    return absl::StrCat(signed_, ".", Encoded(bytes));
  }
};

TEST_F(FormTest, OfTheHeaderIsTaken) {
  EXPECT_THAT(ReadKid(token_, Algorithm::kEs256), IsOkAnd(std::string("key-1")));
  EXPECT_THAT(Verify(WithHeader("unknown", R"({"member": 1})")), IsOk());
  EXPECT_THAT(Verify(WithHeader("kid", R"("\u006bey-1")")), IsOk());
}

TEST_F(FormTest, RefusesHeaders) {
  const struct {
    std::string member, value;
  } cases[] = {
      {"alg", ""},
      {"alg", R"("none")"},
      {"alg", R"("None")"},
      {"alg", R"("nOnE")"},
      {"alg", R"("")"},
      {"alg", R"("HS256")"},
      {"alg", R"("RS256")"},
      {"alg", R"("PS256")"},
      {"alg", R"("ES384")"},
      {"alg", R"("ES256K")"},
      {"alg", R"("es256")"},
      {"alg", R"("ES256 ")"},
      {"alg", R"(["ES256"])"},
      {"alg", "256"},
      {"kid", ""},
      {"kid", R"("")"},
      {"kid", "1"},
      {"kid", "null"},
      {"kid", R"(["key-1"])"},
      {"kid", R"("key-1\u0000")"},
      {"typ", ""},
      {"typ", R"("JWT")"},
      {"typ", R"("AT+JWT")"},
      {"typ", R"("application/at+jwt")"},
      {"typ", R"("at+jwt ")"},
      {"typ", "1"},
      {"crit", R"(["exp"])"},
      {"crit", "[]"},
      {"crit", "null"},
      {"b64", "false"},
      {"b64", "true"},
      {"jku", R"("https://attacker.example.org/jwks")"},
      {"jwk", ToJson(issuer_.Jwk())},
      {"x5u", R"("https://attacker.example.org/x5u")"},
      {"x5c", R"(["MII"])"},
      {"x5t", R"("AA")"},
      {"x5t#S256", R"("AA")"},
      {"zip", R"("DEF")"},
      {"cty", R"("JWT")"},
      {"cty", "null"},
  };
  for (const auto& c : cases) {
    const std::string token = WithHeader(c.member, c.value);
    EXPECT_THAT(Verify(token), IsRefused()) << c.member << " " << c.value;
    EXPECT_THAT(ReadKid(token, Algorithm::kEs256), IsRefused()) << c.member << " " << c.value;
  }
}

TEST_F(FormTest, LooksUpAnyKidAndNoMore) {
  for (const std::string kid :
       {"../../", "../../../../dev/null", "' OR '1'='1", "key-1'; DROP TABLE keys; --", "key-2",
        "Key-1", "key-1 ", "key", "https://attacker.example.org/jwks", "|id", "%00"}) {
    const std::string token = WithHeader("kid", absl::StrCat("\"", kid, "\""));
    EXPECT_THAT(ReadKid(token, Algorithm::kEs256), IsOkAnd(kid));
    EXPECT_THAT(Verify(token), IsRefused()) << kid;
  }
}

TEST_F(FormTest, TheHeaderIsOneObjectWithoutRepetitions) {
  const std::string good = ToJson(issuer_.Header());
  const std::string inner = good.substr(1, good.size() - 2);
  for (const std::string& header :
       {absl::StrCat("{", inner, R"(,"alg":"ES256"})"),
        absl::StrCat("{", inner, R"(,"\u0061lg":"none"})"),
        absl::StrCat("{", inner, R"(,"kid":"key-1"})"), absl::StrCat(good, good),
        absl::StrCat(good, " x"), absl::StrCat("[", good, "]"),
        absl::StrCat("{", inner, ",\"x\":\"\xff\"}"), std::string("{}"), std::string("ES256")}) {
    EXPECT_THAT(Verify(issuer_.Sign(header, ToJson(claims_))), IsRefused()) << header;
  }
}

TEST_F(FormTest, IsThreePartsInOneSpelling) {
  const std::string& h = parts_[0];
  const std::string& p = parts_[1];
  const std::string& s = parts_[2];
  const auto join = [](const std::vector<std::string>& parts) { return absl::StrJoin(parts, "."); };
  ASSERT_THAT(Verify(join({h, p, s})), IsOk());
  // The last character of 64 bytes carries two bits, and four that have to be zero.
  std::string bent = s;
  ++bent.back();
  const std::string mutants[] = {
      "",
      ".",
      "..",
      "...",
      h,
      join({h, p}),
      join({h, p, ""}),
      join({"", p, s}),
      join({h, "", s}),
      join({h, p, s, ""}),
      join({"", h, p, s}),
      join({h, p, s, s}),
      join({h, p, s, s, s}),
      join({h, p, s}) + "....",
      join({h, p, s}) + "=",
      join({h, p, s}) + "==",
      join({h, p + "=", s}),
      join({h, p, s}) + " ",
      join({h, p, s}) + "\n",
      join({h, p, s}) + "\r\n",
      " " + join({h, p, s}),
      "\n" + join({h, p, s}),
      join({h + " ", p, s}),
      join({h, "\t" + p, s}),
      join({h, p.substr(0, 8) + "\n" + p.substr(8), s}),
      join({h, p, s.substr(0, 8) + " " + s.substr(8)}),
      join({h, p, s.substr(0, 8) + "+" + s.substr(9)}),
      join({h, p, s.substr(0, 8) + "/" + s.substr(9)}),
      join({h, p, s}) + std::string(1, '\0'),
      join({h, p, bent}),
      join({h, p, s + "A"}),
      "Bearer " + join({h, p, s}),
      "{\"protected\":\"" + h + "\",\"payload\":\"" + p + "\",\"signature\":\"" + s + "\"}",
  };
  for (const std::string& mutant : mutants) {
    EXPECT_THAT(Verify(mutant), IsRefused()) << mutant;
    EXPECT_THAT(ReadKid(mutant, Algorithm::kEs256), IsRefused()) << mutant;
  }
}

TEST_F(FormTest, Has4096BytesAtMost) {
  EXPECT_THAT(Verify(OfSize(4096)), IsOk());
  EXPECT_THAT(Verify(OfSize(4097)), IsRefused());
  EXPECT_THAT(Verify(OfSize(5000)), IsRefused());
}

TEST_F(FormTest, RefusesWhatTheKeyHasNotSigned) {
  const std::string raw = issuer_.SignatureOf(signed_);
  ASSERT_EQ(raw.size(), 64);
  ASSERT_THAT(Verify(WithSignature(raw)), IsOk());
  const std::string zero(32, '\0');
  // The order of P-256.
  const std::string order =
      absl::HexStringToBytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  const Issuer other;
  const std::string signatures[] = {
      std::string(64, '\0'),
      zero + raw.substr(32),
      raw.substr(0, 32) + zero,
      order + order,
      raw.substr(0, 32) + order,
      std::string(64, '\xff'),
      std::string(1, '\0'),
      std::string(2, '\0'),
      raw.substr(0, 63),
      raw.substr(0, 32),
      raw + '\0',
      raw + "ab",
      raw + raw,
      '\0' + raw.substr(0, 32) + '\0' + raw.substr(32),
      raw.substr(32) + raw.substr(0, 32),
      ToDer(raw),
      other.SignatureOf(signed_),
      issuer_.SignatureOf(parts_[1]),
      issuer_.SignatureOf(signed_ + "."),
  };
  for (const std::string& signature : signatures) {
    EXPECT_THAT(Verify(WithSignature(signature)), IsRefused()) << absl::BytesToHexString(signature);
  }
}

TEST_F(FormTest, RefusesEveryChangedBitOfTheSignature) {
  const std::string raw = issuer_.SignatureOf(signed_);
  for (size_t i = 0; i < raw.size() * 8; ++i) {
    std::string bent = raw;
    bent[i / 8] = static_cast<char>(bent[i / 8] ^ (1 << (i % 8)));
    EXPECT_THAT(Verify(WithSignature(bent)), IsRefused()) << i;
  }
}

TEST_F(FormTest, RefusesAnotherKeyOfThatName) {
  const Issuer other;
  EXPECT_THAT(Verify(other.Token(claims_)), IsRefused());
  EXPECT_THAT(VerifyToken(other.Token(claims_), KeysOf(other), rules_, now_), IsOk());
}

TEST_F(FormTest, RefusesPartsOfOtherTokens) {
  const std::vector<std::string> other = absl::StrSplit(WithClaim("roles", R"(["operator"])"), '.');
  EXPECT_THAT(Verify(absl::StrCat(parts_[0], ".", other[1], ".", parts_[2])), IsRefused());
  EXPECT_THAT(Verify(absl::StrCat(parts_[0], ".", parts_[1], ".", other[2])), IsRefused());
}

TEST_F(FormTest, RefusesATokenInAToken) {
  EXPECT_THAT(Verify(issuer_.Sign(ToJson(issuer_.Header()), token_)), IsRefused());
  Members header = issuer_.Header();
  header["cty"] = R"("JWT")";
  EXPECT_THAT(Verify(issuer_.Sign(ToJson(header), token_)), IsRefused());
}

TEST_F(FormTest, RefusesTheAlgorithmThatTheTokenWouldLike) {
  const Issuer rsa("RS256");
  const KeySet rsa_keys = KeysOf(rsa, Algorithm::kRs256);
  TokenRules rsa_rules = rules_;
  rsa_rules.algorithm = Algorithm::kRs256;
  ASSERT_THAT(VerifyToken(rsa.Token(claims_), rsa_keys, rsa_rules, now_), IsOk());
  EXPECT_THAT(VerifyToken(token_, rsa_keys, rsa_rules, now_), IsRefused());
  EXPECT_THAT(Verify(rsa.Token(claims_)), IsRefused());
  // Each key under the other's name.
  EXPECT_THAT(Verify(rsa.Sign(ToJson(issuer_.Header()), ToJson(claims_))), IsRefused());
  EXPECT_THAT(
      VerifyToken(issuer_.Sign(ToJson(rsa.Header()), ToJson(claims_)), rsa_keys, rsa_rules, now_),
      IsRefused());
  // The public key, which everybody has, as a secret.
  for (const Issuer* issuer : {&issuer_, &rsa}) {
    Members header = issuer->Header();
    header["alg"] = R"("HS256")";
    const std::string text = absl::StrCat(Encoded(ToJson(header)), ".", parts_[1]);
    for (const std::string& secret : {issuer->Pem(), issuer->Jwks(), ToJson(issuer->Jwk())}) {
      const std::string token = absl::StrCat(text, ".", Encoded(Hs256(secret, text)));
      EXPECT_THAT(Verify(token), IsRefused());
      EXPECT_THAT(VerifyToken(token, rsa_keys, rsa_rules, now_), IsRefused());
    }
  }
  // No signature at all.
  for (const std::string alg : {"none", "None", "nOnE", "NONE", "ES256"}) {
    Members header = issuer_.Header();
    header["alg"] = absl::StrCat("\"", alg, "\"");
    EXPECT_THAT(Verify(absl::StrCat(Encoded(ToJson(header)), ".", parts_[1], ".")), IsRefused());
  }
}

TEST_F(FormTest, RefusesRsaSignaturesOfOtherLengths) {
  const Issuer rsa("RS256");
  const KeySet keys = KeysOf(rsa, Algorithm::kRs256);
  TokenRules rules = rules_;
  rules.algorithm = Algorithm::kRs256;
  const std::string text =
      absl::StrCat(Encoded(ToJson(rsa.Header())), ".", Encoded(ToJson(claims_)));
  const std::string good = rsa.SignatureOf(text);
  const auto verify = [&](absl::string_view signature) {
    return VerifyToken(absl::StrCat(text, ".", Encoded(signature)), keys, rules, now_);
  };
  ASSERT_THAT(verify(good), IsOk());
  for (const std::string& signature :
       {good.substr(1), good.substr(0, 255), good + '\0', '\0' + good, std::string(256, '\0'),
        std::string(256, '\xff'), std::string(255, '\0') + '\1'}) {
    EXPECT_THAT(verify(signature), IsRefused()) << signature.size();
  }
}

}  // namespace
}  // namespace scharnier::identity
