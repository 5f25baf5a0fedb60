#include "common/runtime/keyring.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
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

auto IsRefused() { return HasCode(absl::StatusCode::kInvalidArgument); }

std::string Line(const std::string& purpose, const std::string& id, char fill) {
  return absl::StrCat(purpose, " ", id, " ", absl::Base64Escape(std::string(32, fill)), "\n");
}

// A line for each purpose that `lines` leaves out.
std::string Completed(const std::string& lines) {
  std::string text = lines;
  for (const char* purpose : Keyring::kPurposes) {
    if (!absl::StrContains(absl::StrCat("\n", lines), absl::StrCat("\n", purpose, " "))) {
      absl::StrAppend(&text, Line(purpose, "1", 'x'));
    }
  }
  return text;
}

Keyring Completing(const std::string& lines) {
  auto keyring = Keyring::Parse(Completed(lines));
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
  const Keyring keyring = Completing("");
  const std::string sealed = keyring.Seal(Keyring::kPageToken, "page 2", "");
  EXPECT_THAT(keyring.Open(Keyring::kPageToken, sealed, ""), IsOk());
  EXPECT_THAT(keyring.Open(Keyring::kEnvelope, sealed, ""), IsRefused());
}

TEST(Keyring, OpensByOldKeysAndSealsByTheNewest) {
  const std::string old_key = Line("page-token", "2020", 'a');
  const std::string new_key = Line("page-token", "2021", 'b');
  const Keyring before = Completing(old_key);
  const Keyring both = Completing(old_key + new_key);
  const Keyring after = Completing(new_key);

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
  const Keyring keyring = Completing(Line("page-token", "1", '\x0b'));
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
  EXPECT_THAT(Keyring::Parse(absl::StrCat("# keys of events\r\n\n  ",
                                          Completed(Line("from-a-later-release", "1", 'd')))),
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
