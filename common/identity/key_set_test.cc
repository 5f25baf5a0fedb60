#include "common/identity/key_set.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/testing/issuer.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"

namespace scharnier::identity {
namespace {

using ::scharnier::testing::HasCode;
using ::scharnier::testing::IsOk;
using ::scharnier::testing::Issuer;
using ::scharnier::testing::Members;
using ::scharnier::testing::ToJson;
using ::testing::ElementsAre;

std::string Jwks(const std::vector<std::string>& keys) {
  return absl::StrCat(R"({"keys":[)", absl::StrJoin(keys, ","), "]}");
}

auto IsRefused() { return HasCode(absl::StatusCode::kInvalidArgument); }

class KeySetTest : public ::testing::Test {
 protected:
  // What a document with this one key gives, with a member that has another value or, where that is
  // empty, none.
  static absl::StatusOr<KeySet> With(const Issuer& issuer, Algorithm algorithm,
                                     const std::string& member, const std::string& value) {
    Members jwk = issuer.Jwk();
    if (value.empty()) {
      jwk.erase(member);
    } else {
      jwk[member] = value;
    }
    return KeySet::Parse(Jwks({ToJson(jwk)}), algorithm);
  }

  const Issuer ec_;
  const Issuer rsa_{"RS256", "key-1"};
};

TEST_F(KeySetTest, ReadsKeysOfItsAlgorithm) {
  const Issuer second("ES256", "key-2");
  const std::string document = Jwks({ToJson(ec_.Jwk()), ToJson(rsa_.Jwk()), ToJson(second.Jwk())});
  const auto ec = KeySet::Parse(document, Algorithm::kEs256);
  ASSERT_THAT(ec, IsOk());
  EXPECT_THAT(ec->kids(), ElementsAre("key-1", "key-2"));
  EXPECT_TRUE(ec->Has("key-2"));
  EXPECT_FALSE(ec->Has("key-3"));
  const auto rsa = KeySet::Parse(document, Algorithm::kRs256);
  ASSERT_THAT(rsa, IsOk());
  EXPECT_THAT(rsa->kids(), ElementsAre("key-1"));

  const std::string token = ec_.Sign(ToJson(ec_.Header()), "{}");
  EXPECT_TRUE(ec->Verifies("key-1", token));
  EXPECT_FALSE(ec->Verifies("key-2", token));
  EXPECT_FALSE(ec->Verifies("key-3", token));
  EXPECT_FALSE(rsa->Verifies("key-1", token));
  EXPECT_FALSE(ec->Verifies("key-1", "no token"));
  EXPECT_TRUE(rsa->Verifies("key-1", rsa_.Sign(ToJson(rsa_.Header()), "{}")));
}

TEST_F(KeySetTest, LeavesTheUseAndTheAlgorithmToTheIssuer) {
  for (const char* member : {"use", "alg", "x5t", "key_ops"}) {
    EXPECT_THAT(With(ec_, Algorithm::kEs256, member, ""), IsOk()) << member;
  }
  EXPECT_THAT(With(ec_, Algorithm::kEs256, "unknown", "[1]"), IsOk());
}

TEST_F(KeySetTest, LeavesOutWhatItCannotUse) {
  const std::string x = ec_.Jwk().at("x");
  const std::string n = rsa_.Jwk().at("n");
  const struct {
    const Issuer& issuer;
    std::string member, value;
  } cases[] = {
      {ec_, "use", R"("enc")"},
      {ec_, "use", "1"},
      {ec_, "alg", R"("ES384")"},
      {ec_, "alg", R"("ECDH-ES")"},
      {ec_, "kid", ""},
      {ec_, "kid", R"("")"},
      {ec_, "kid", "1"},
      {ec_, "kty", R"("RSA")"},
      {ec_, "kty", R"("oct")"},
      {ec_, "kty", R"("OKP")"},
      {ec_, "kty", ""},
      {ec_, "crv", R"("P-384")"},
      {ec_, "crv", R"("secp256k1")"},
      {ec_, "crv", ""},
      {ec_, "x", ""},
      {ec_, "x", R"("")"},
      {ec_, "x", R"("AAAA")"},
      {ec_, "x", absl::StrCat("\"AAAA", x.substr(1))},
      {ec_, "x", absl::StrCat(x.substr(0, x.size() - 1), "=\"")},
      {ec_, "x", "1"},
      // Points that are not on the curve.
      {ec_, "y", x},
      {ec_, "y", absl::StrCat("\"", std::string(43, 'A'), "\"")},
      {ec_, "d", x},
      {ec_, "d", "null"},
      {ec_, "k", x},
      {rsa_, "alg", R"("RS384")"},
      {rsa_, "alg", R"("PS256")"},
      {rsa_, "n", R"("AQAB")"},
      {rsa_, "n", absl::StrCat("\"AAAA", n.substr(1))},
      {rsa_, "n", absl::StrCat("\"A", n.substr(2))},
      {rsa_, "n", ""},
      {rsa_, "e", R"("AQ")"},
      {rsa_, "e", R"("Aw")"},
      {rsa_, "e", ""},
      {rsa_, "d", n},
      {rsa_, "p", n},
      {rsa_, "dp", n},
      {rsa_, "oth", "[]"},
  };
  const Issuer other_ec("ES256", "other");
  const Issuer other_rsa("RS256", "other");
  for (const auto& c : cases) {
    const bool ec = &c.issuer == &ec_;
    const Algorithm algorithm = ec ? Algorithm::kEs256 : Algorithm::kRs256;
    ASSERT_THAT(KeySet::Parse(c.issuer.Jwks(), algorithm), IsOk());
    EXPECT_THAT(With(c.issuer, algorithm, c.member, c.value), IsRefused())
        << c.member << " " << c.value;
    // The others stay.
    Members jwk = c.issuer.Jwk();
    jwk[c.member] = c.value.empty() ? "null" : c.value;
    const auto rest =
        KeySet::Parse(Jwks({ToJson(jwk), ToJson((ec ? other_ec : other_rsa).Jwk())}), algorithm);
    ASSERT_THAT(rest, IsOk()) << c.member;
    EXPECT_THAT(rest->kids(), ElementsAre("other")) << c.member << " " << c.value;
  }
}

TEST_F(KeySetTest, LeavesOutShortRsaKeys) {
  const Issuer short_key("RS256", "short", 2040);
  EXPECT_THAT(KeySet::Parse(short_key.Jwks(), Algorithm::kRs256), IsRefused());
  const Issuer almost("RS256", "almost", 2047);
  EXPECT_THAT(KeySet::Parse(almost.Jwks(), Algorithm::kRs256), IsRefused());
}

TEST_F(KeySetTest, RefusesWhatIsNoJwks) {
  const std::string key = ToJson(ec_.Jwk());
  ASSERT_THAT(KeySet::Parse(Jwks({key}), Algorithm::kEs256), IsOk());
  for (const std::string& document :
       {std::string(), std::string("<html>"), std::string("{}"), std::string("[]"),
        std::string(R"({"keys":[]})"), std::string(R"({"keys":null})"),
        std::string(R"({"keys":{}})"), key, absl::StrCat("[", key, "]"),
        absl::StrCat(R"({"keys":)", key, "}"), Jwks({key, "1"}), Jwks({key, "null"}),
        Jwks({key, key}), absl::StrCat(Jwks({key}), "x"),
        absl::StrCat(R"({"keys":[],"keys":[)", key, "]}"),
        Jwks({absl::StrCat(R"({"kid":"key-0",)", key.substr(1))})}) {
    EXPECT_THAT(KeySet::Parse(document, Algorithm::kEs256), IsRefused()) << document;
  }
}

TEST_F(KeySetTest, RefusesTwoKeysOfOneName) {
  const Issuer other;
  EXPECT_THAT(KeySet::Parse(Jwks({ToJson(ec_.Jwk()), ToJson(other.Jwk())}), Algorithm::kEs256),
              IsRefused());
}

TEST_F(KeySetTest, IsTheSameWhateverTheOrder) {
  const Issuer second("ES256", "key-2");
  const auto parse = [](const std::vector<std::string>& keys) {
    return KeySet::Parse(Jwks(keys), Algorithm::kEs256).value();
  };
  const std::string a = ToJson(ec_.Jwk());
  const std::string b = ToJson(second.Jwk());
  EXPECT_TRUE(parse({a, b}) == parse({b, a}));
  EXPECT_TRUE(parse({a, ToJson(rsa_.Jwk())}) == parse({a}));
  EXPECT_FALSE(parse({a, b}) == parse({a}));
  EXPECT_FALSE(parse({a}) == parse({b}));
  const Issuer renewed;
  EXPECT_FALSE(parse({a}) == parse({ToJson(renewed.Jwk())}));
}

}  // namespace
}  // namespace scharnier::identity
