#include "common/runtime/keyring.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"

namespace scharnier::runtime {
namespace {

using ::scharnier::testing::HasCode;
using ::scharnier::testing::IsOk;
using ::scharnier::testing::IsOkAnd;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const auto IsRefused = [] { return HasCode(absl::StatusCode::kInvalidArgument); };

std::string Line(const std::string& purpose, const std::string& id, char fill) {
  return absl::StrCat(purpose, " ", id, " ", absl::Base64Escape(std::string(32, fill)), "\n");
}

// Page tokens by the keys given; the other purposes have one each.
Keyring WithPageTokenKeys(const std::string& lines) {
  auto keyring =
      Keyring::Parse(absl::StrCat(lines, Line("envelope", "e", 'e'), Line("person", "p", 'p')));
  EXPECT_THAT(keyring, IsOk());
  return *std::move(keyring);
}

TEST(Keyring, OpensWhatItSealed) {
  const Keyring keyring = Keyring::Random();
  for (const std::string& text : {std::string(), std::string("one"), std::string(5000, 'x'),
                                  std::string("\0\xff bytes", 8)}) {
    for (const std::string& aad : {std::string(), std::string("registration/1")}) {
      const std::string sealed = keyring.Seal(Keyring::kEnvelope, text, aad);
      EXPECT_THAT(keyring.Open(Keyring::kEnvelope, sealed, aad), IsOkAnd(text));
    }
  }
}

TEST(Keyring, ShowsNothingOfWhatItSealed) {
  const Keyring keyring = Keyring::Random();
  const std::string text = "needs a ramp to the stage";
  const std::string sealed = keyring.Seal(Keyring::kEnvelope, text, "");
  EXPECT_THAT(sealed, Not(HasSubstr("ramp")));
  EXPECT_NE(sealed, keyring.Seal(Keyring::kEnvelope, text, "")) << "the nonce is random";
}

TEST(Keyring, RefusesATamperedSeal) {
  const Keyring keyring = Keyring::Random();
  const std::string sealed = keyring.Seal(Keyring::kPageToken, "page 2", "caller");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string tampered = sealed;
    tampered[i] = static_cast<char>(tampered[i] ^ 1);
    EXPECT_THAT(keyring.Open(Keyring::kPageToken, tampered, "caller"), IsRefused()) << i;
    EXPECT_THAT(keyring.Open(Keyring::kPageToken, sealed.substr(0, i), "caller"), IsRefused()) << i;
  }
  EXPECT_THAT(keyring.Open(Keyring::kPageToken, sealed + "x", "caller"), IsRefused());
  EXPECT_THAT(keyring.Open(Keyring::kPageToken, std::string(100, '\xff'), "caller"), IsRefused());
}

TEST(Keyring, RefusesAnotherAadPurposeOrKeyring) {
  const Keyring keyring = Keyring::Random();
  const std::string sealed = keyring.Seal(Keyring::kPageToken, "page 2", "caller");
  EXPECT_THAT(keyring.Open(Keyring::kPageToken, sealed, "other"), IsRefused());
  EXPECT_THAT(keyring.Open(Keyring::kPageToken, sealed, ""), IsRefused());
  EXPECT_THAT(keyring.Open(Keyring::kEnvelope, sealed, "caller"), IsRefused());
  EXPECT_THAT(Keyring::Random().Open(Keyring::kPageToken, sealed, "caller"), IsRefused());
}

TEST(Keyring, KeepsPurposesApartThatShareAKey) {
  const auto keyring = Keyring::Parse(absl::StrCat(
      Line("page-token", "1", 'k'), Line("envelope", "1", 'k'), Line("person", "1", 'k')));
  ASSERT_THAT(keyring, IsOk());
  const std::string sealed = keyring->Seal(Keyring::kPageToken, "page 2", "");
  EXPECT_THAT(keyring->Open(Keyring::kEnvelope, sealed, ""), IsRefused());
}

TEST(Keyring, OpensByOldKeysAndSealsByTheNewest) {
  const std::string old_key = Line("page-token", "2020", 'a');
  const std::string new_key = Line("page-token", "2021", 'b');
  const Keyring before = WithPageTokenKeys(old_key);
  const Keyring both = WithPageTokenKeys(old_key + new_key);
  const Keyring after = WithPageTokenKeys(new_key);

  const std::string sealed_before = before.Seal(Keyring::kPageToken, "page 2", "");
  const std::string sealed_by_both = both.Seal(Keyring::kPageToken, "page 3", "");
  EXPECT_THAT(both.Open(Keyring::kPageToken, sealed_before, ""), IsOkAnd(std::string("page 2")));
  EXPECT_THAT(after.Open(Keyring::kPageToken, sealed_by_both, ""), IsOkAnd(std::string("page 3")));
  EXPECT_THAT(before.Open(Keyring::kPageToken, sealed_by_both, ""), IsRefused());
  EXPECT_THAT(after.Open(Keyring::kPageToken, sealed_before, ""), IsRefused());
  EXPECT_EQ(both.Mac(Keyring::kPageToken, "x"), after.Mac(Keyring::kPageToken, "x"));
}

// By Python: hmac.new(b"\x0b" * 32, b"Hi There", "sha256").
TEST(Keyring, HashesAsOthersDo) {
  const Keyring keyring = WithPageTokenKeys(Line("page-token", "1", '\x0b'));
  EXPECT_EQ(absl::BytesToHexString(keyring.Mac(Keyring::kPageToken, "Hi There")),
            "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7");
}

TEST(Keyring, IsReadBackFromItsText) {
  const Keyring keyring = Keyring::Random();
  const auto read = Keyring::Parse(keyring.ToText());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->ToText(), keyring.ToText());
  EXPECT_THAT(read->Open(Keyring::kEnvelope, keyring.Seal(Keyring::kEnvelope, "x", ""), ""),
              IsOkAnd(std::string("x")));
}

TEST(Parse, TakesCommentsBlankLinesAndPurposesItDoesNotKnow) {
  EXPECT_THAT(Keyring::Parse(absl::StrCat("# keys of events\r\n\n  ", Line("page-token", "1", 'a'),
                                          Line("envelope", "1", 'b'), Line("person", "1", 'c'),
                                          Line("pseudonym", "1", 'd'))),
              IsOk());
}

TEST(Parse, ReportsEveryProblemByItsLine) {
  const std::string secret = absl::Base64Escape(std::string(31, 's'));
  const auto keyring = Keyring::Parse(
      absl::StrCat("page-token 1\n", "page-token 2 ", secret, "\n", "page-token 3 not*base64\n",
                   Line("envelope", "1", 'a'), Line("envelope", "1", 'b'),
                   Line("envelope", std::string(33, 'i'), 'b')));
  ASSERT_THAT(keyring, IsRefused());
  const std::string problems(keyring.status().message());
  EXPECT_THAT(problems,
              AllOf(HasSubstr("line 1: "), HasSubstr("line 2: "), HasSubstr("line 3: "),
                    Not(HasSubstr("line 4: ")), HasSubstr("line 5: "), HasSubstr("line 6: "),
                    HasSubstr("purpose page-token"), HasSubstr("purpose person")));
  EXPECT_THAT(problems, Not(HasSubstr(secret)));
}

TEST(Parse, RefusesASecondPersonKey) {
  EXPECT_THAT(Keyring::Parse(absl::StrCat(Keyring::Random().ToText(), Line("person", "2", 'p'))),
              IsRefused());
}

TEST(NormaliseEmail, IsNfcInLowerCase) {
  const struct {
    std::string email, normal;
  } cases[] = {
      {"an.peeters@example.org", "an.peeters@example.org"},
      {"An.PEETERS@Example.ORG", "an.peeters@example.org"},
      {"Andre\u0301@example.org", "andr\u00e9@example.org"},
      {"ANDR\u00c9@example.org", "andr\u00e9@example.org"},
      {"\u0130@example.org", "i\u0307@example.org"},
      {"", ""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(NormaliseEmail(c.email), c.normal);
    EXPECT_EQ(NormaliseEmail(NormaliseEmail(c.email)), c.normal) << "twice is once";
  }
}

TEST(PersonKey, IsTheSameForTheSamePersonAlone) {
  const Keyring keyring = Keyring::Random();
  const std::string key = PersonKey(keyring, "an.peeters@example.org");
  EXPECT_THAT(key, ::testing::MatchesRegex("[0-9a-f]{64}"));
  EXPECT_EQ(PersonKey(keyring, "An.Peeters@Example.org"), key);
  EXPECT_NE(PersonKey(keyring, "jan.peeters@example.org"), key);
  EXPECT_NE(PersonKey(Keyring::Random(), "an.peeters@example.org"), key);
}

}  // namespace
}  // namespace scharnier::runtime
