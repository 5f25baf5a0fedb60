#include "common/identity/token.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/identity/token_test.h"
#include "gmock/gmock.h"

namespace scharnier::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Quoted(const std::string& text) { return absl::StrCat("\"", text, "\""); }

// The claims: what they say, and every way in which they break the rules.
class ClaimsTest : public TokenTest {
 protected:
  // A second, as JSON, so many after the instant at which tokens are judged.
  std::string In(int64_t seconds) const {
    return absl::StrCat(absl::ToUnixSeconds(now_) + seconds);
  }
  std::string WithTimes(int64_t issued, int64_t expires) const {
    Members claims = claims_;
    claims["iat"] = In(issued);
    claims["exp"] = In(expires);
    return issuer_.Token(claims);
  }
};

TEST_F(ClaimsTest, SayWhoCalls) {
  Members all = claims_;
  all["email"] = Quoted("An.Peeters@example.org");
  all["email_verified"] = "true";
  all["roles"] = R"(["staff", "register-officer"])";
  all["act"] = R"({"sub": "helpdesk-7"})";
  const auto claims = Verify(issuer_.Token(all));
  ASSERT_THAT(claims, IsOk());
  EXPECT_EQ(claims->subject, "0190a000-1");
  EXPECT_EQ(claims->email, "An.Peeters@example.org");
  EXPECT_THAT(claims->roles, ElementsAre("staff", "register-officer"));
  EXPECT_EQ(claims->actor, "helpdesk-7");
  EXPECT_EQ(claims->expires, now_ + absl::Hours(1));

  const auto bare = Verify(issuer_.Token(claims_));
  ASSERT_THAT(bare, IsOk());
  EXPECT_EQ(bare->email, "");
  EXPECT_THAT(bare->roles, IsEmpty());
  EXPECT_EQ(bare->actor, "");
}

TEST_F(ClaimsTest, AnEmailCountsWhenItIsVerified) {
  const struct {
    std::string verified, email;
  } cases[] = {
      {"true", "an@example.org"},
      {"false", ""},
      {"\"true\"", ""},
      {"1", ""},
      {"\"\"", ""},
      {"null", ""},
      {R"(["true"])", ""},
      {"{}", ""},
  };
  for (const auto& c : cases) {
    Members claims = claims_;
    claims["email"] = Quoted("an@example.org");
    claims["email_verified"] = c.verified;
    const auto verified = Verify(issuer_.Token(claims));
    ASSERT_THAT(verified, IsOk()) << c.verified;
    EXPECT_EQ(verified->email, c.email) << c.verified;
  }
}

TEST_F(ClaimsTest, AreTakenUpToTheirLimits) {
  const struct {
    std::string claim, value;
  } cases[] = {
      {"sub", Quoted(std::string(255, 's'))},
      {"sub", Quoted("!~")},
      {"email", Quoted(std::string(254, 'e'))},
      {"roles", "[]"},
      {"roles", absl::StrCat("[", Quoted(std::string(64, 'r')), "]")},
      {"roles", R"(["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16"])"},
      {"act", R"({"sub": "a", "act": {"sub": "b"}})"},
      {"nbf", "0"},
      {"nbf", In(0)},
      {"nbf", In(60)},
      {"jti", Quoted("x")},
      {"aud", R"("\u0073charnier")"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(Verify(WithClaim(c.claim, c.value)), IsOk()) << c.claim << " " << c.value;
  }
}

TEST_F(ClaimsTest, AreRefusedBeyond) {
  const struct {
    std::string claim, value;
  } cases[] = {
      {"iss", ""},
      {"iss", "1"},
      {"iss", "null"},
      {"iss", Quoted("https://issuer.example.org/realm/")},
      {"iss", Quoted("https://issuer.example.org/real")},
      {"iss", Quoted("HTTPS://issuer.example.org/realm")},
      {"iss", R"("https://issuer.example.org/re\u0430lm")"},
      {"iss", R"("https://issuer.example.org/realm\u0000")"},
      {"iss", R"(["https://issuer.example.org/realm"])"},
      {"iss", Quoted("https://issuer.example.org/re\xff"
                     "lm")},
      {"aud", ""},
      {"aud", R"(["scharnier"])"},
      {"aud", R"(["scharnier", "other"])"},
      {"aud", Quoted("scharnier-admin")},
      {"aud", Quoted("scharnie")},
      {"aud", Quoted("Scharnier")},
      {"aud", Quoted(" scharnier")},
      {"aud", Quoted("")},
      {"aud", "null"},
      {"exp", ""},
      {"exp", Quoted(In(3600))},
      {"exp", absl::StrCat(In(3600), ".0")},
      {"exp", "1e300"},
      {"exp", "1.65e9"},
      {"exp", "-1"},
      {"exp", "null"},
      {"exp", "true"},
      {"exp", "9223372036854775807"},
      {"exp", "99999999999999999999"},
      {"iat", ""},
      {"iat", Quoted(In(0))},
      {"iat", absl::StrCat(In(0), ".5")},
      {"iat", "-9223372036854775808"},
      {"iat", In(61)},
      {"iat", In(-1)},
      {"iat", In(3600)},
      {"nbf", In(61)},
      {"nbf", Quoted(In(0))},
      {"nbf", absl::StrCat(In(0), ".0")},
      {"nbf", "null"},
      {"nbf", "-1"},
      {"sub", ""},
      {"sub", "7"},
      {"sub", Quoted("")},
      {"sub", Quoted("an peeters")},
      {"sub", R"("an\npeeters")"},
      {"sub", R"("an\u007f")"},
      {"sub", R"("an\u0000")"},
      {"sub", Quoted("andr\u00e9")},
      {"sub", Quoted(std::string(256, 's'))},
      {"email", "1"},
      {"email", "null"},
      {"email", R"(["an@example.org"])"},
      {"email", Quoted(std::string(255, 'e'))},
      {"roles", Quoted("staff")},
      {"roles", R"({"staff": true})"},
      {"roles", R"(["staff", 1])"},
      {"roles", "null"},
      {"roles", absl::StrCat("[", Quoted(std::string(65, 'r')), "]")},
      {"roles", R"(["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17"])"},
      {"act", Quoted("helpdesk-7")},
      {"act", "{}"},
      {"act", "null"},
      {"act", R"([{"sub": "helpdesk-7"}])"},
      {"act", R"({"sub": 7})"},
      {"act", R"({"sub": ""})"},
      {"act", R"({"sub": "help desk"})"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(Verify(WithClaim(c.claim, c.value)), IsRefused()) << c.claim << " " << c.value;
  }
}

TEST_F(ClaimsTest, CountForAnHourAtMostAndAMinuteMore) {
  const struct {
    int64_t issued, expires;
    bool accepted;
  } cases[] = {
      {0, 3600, true},    {0, 3601, false},   {0, 1, true},        {0, 0, false},
      {0, -1, false},     {-10, -20, false},  {60, 3660, true},    {61, 3660, false},
      {-3600, 0, true},   {-3659, -59, true}, {-3660, -60, false}, {-3661, -61, false},
      {-100, -61, false},
  };
  for (const auto& c : cases) {
    const std::string token = WithTimes(c.issued, c.expires);
    if (c.accepted) {
      EXPECT_THAT(Verify(token), IsOk()) << c.issued << " " << c.expires;
    } else {
      EXPECT_THAT(Verify(token), IsRefused()) << c.issued << " " << c.expires;
    }
  }
}

TEST_F(ClaimsTest, AreOneObjectWithoutRepetitions) {
  const std::string good = ToJson(claims_);
  const std::string inner = good.substr(1, good.size() - 2);
  const auto verify = [this](const std::string& payload) {
    return Verify(issuer_.Sign(ToJson(issuer_.Header()), payload));
  };
  ASSERT_THAT(verify(good), IsOk());
  ASSERT_THAT(verify(absl::StrCat(" {\n", inner, " } ")), IsOk());
  for (const std::string& payload :
       {absl::StrCat("[", good, "]"),
        absl::StrCat(good, good),
        absl::StrCat(good, "x"),
        absl::StrCat(good, std::string(1, '\0')),
        absl::StrCat("\xef\xbb\xbf", good),
        absl::StrCat("{", inner, R"(,"sub":"other"})"),
        absl::StrCat("{", inner, R"(,"\u0073ub":"other"})"),
        absl::StrCat("{", inner, R"(,"x":{"a":1,"a":2}})"),
        absl::StrCat("{", inner, ",}"),
        absl::StrCat("{", inner),
        absl::StrCat("{", inner, R"(,"x":"\xff"})"),
        absl::StrCat("{", inner, ",\"x\":\"\xc0\xaf\"}"),
        absl::StrCat("{", inner, ",\"x\":\"\xed\xa0\x80\"}"),
        absl::StrCat("{", inner, ",\"x\":\"\n\"}"),
        absl::StrCat("{", inner, ",\"x\":01}"),
        absl::StrCat("{", inner, ",\"x\":", std::string(2500, '['), "}"),
        std::string("{}"),
        std::string("null"),
        std::string("\"claims\""),
        std::string(" ")}) {
    EXPECT_THAT(verify(payload), IsRefused()) << payload;
  }
}

TEST_F(ClaimsTest, OfTheRulesAreAnother) {
  const std::string token = issuer_.Token(claims_);
  TokenRules issuer = rules_;
  issuer.issuer = "https://other.example.org";
  EXPECT_THAT(VerifyToken(token, keys_, issuer, now_), IsRefused());
  TokenRules audience = rules_;
  audience.audience = "other";
  EXPECT_THAT(VerifyToken(token, keys_, audience, now_), IsRefused());
  EXPECT_THAT(VerifyToken(token, keys_, rules_, now_ + absl::Seconds(3659)), IsOk());
  EXPECT_THAT(VerifyToken(token, keys_, rules_, now_ + absl::Seconds(3660)), IsRefused());
  EXPECT_THAT(VerifyToken(token, keys_, rules_, now_ - absl::Seconds(60)), IsOk());
  EXPECT_THAT(VerifyToken(token, keys_, rules_, now_ - absl::Seconds(61)), IsRefused());
}

}  // namespace
}  // namespace scharnier::identity
