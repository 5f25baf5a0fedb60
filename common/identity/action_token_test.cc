#include "common/identity/action_token.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/testing/issuer.h"
#include "common/testing/matchers.h"
#include "common/types/timestamp.h"
#include "gmock/gmock.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::identity {
namespace {

using runtime::Keyring;
using testing::EqualsProto;
using testing::HasReason;
using ::testing::HasSubstr;
using testing::IsOkAnd;
using ::testing::Not;
using types::v1::ERROR_REASON_ACTION_TOKEN_INVALID;

constexpr char kRegistration[] =
    "sessions/01900000-0000-7000-8000-00000000000a/registrations/"
    "01900000-0000-7000-8000-00007f3a92c1";
constexpr char kForm[] = "scharnier.identity.v1.ActionToken";
const absl::Time kNow = absl::FromUnixSeconds(1'602'000'000);

v1::ActionToken AToken() {
  v1::ActionToken token;
  token.set_purpose(v1::ActionToken::PURPOSE_REGISTRATION);
  token.set_resource(kRegistration);
  token.set_holder(std::string(64, 'a'));
  *token.mutable_issue_time() = types::ToProto(kNow);
  *token.mutable_expire_time() = types::ToProto(kNow + absl::Hours(180 * 24));
  return token;
}

// What is refused, and the refusal, which is the same for all.
void ExpectRefused(const Keyring& keyring, const std::string& text, const std::string& what,
                   absl::Time now = kNow) {
  const auto read = ReadActionToken(keyring, text, now);
  EXPECT_THAT(read, HasReason(ERROR_REASON_ACTION_TOKEN_INVALID)) << what;
  EXPECT_EQ(read.status(), ActionTokenInvalid()) << what;
}

std::string Line(const std::string& purpose, const std::string& id, char fill) {
  return absl::StrCat(purpose, " ", id, " ", absl::Base64Escape(std::string(32, fill)), "\n");
}

// A keyring with these keys for action tokens, and others for the rest.
Keyring WithKeys(const std::string& lines) {
  std::string text = lines;
  for (const char* purpose : Keyring::kPurposes) {
    if (purpose != std::string(Keyring::kActionToken)) {
      absl::StrAppend(&text, Line(purpose, "1", 'x'));
    }
  }
  auto keyring = Keyring::Parse(text);
  EXPECT_THAT(keyring, testing::IsOk());
  return *std::move(keyring);
}

TEST(ActionToken, SaysWhatWasMintedAndShowsNothing) {
  const Keyring keyring = Keyring::Random();
  const std::string text = MintActionToken(keyring, AToken());
  EXPECT_THAT(ReadActionToken(keyring, text, kNow), IsOkAnd(EqualsProto(AToken())));
  EXPECT_NE(text, MintActionToken(keyring, AToken()));
  EXPECT_LE(text.size(), 400) << "it stands in a link";
  std::string sealed;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(text, &sealed));
  EXPECT_THAT(sealed, Not(HasSubstr("sessions")));
  EXPECT_THAT(sealed, Not(HasSubstr("aaaa")));
}

TEST(ActionToken, EveryBitCounts) {
  const Keyring keyring = Keyring::Random();
  const std::string text = MintActionToken(keyring, AToken());
  std::string sealed;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(text, &sealed));
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string flipped = sealed;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    ExpectRefused(keyring, absl::WebSafeBase64Escape(flipped), absl::StrCat("byte ", i));
  }
  for (size_t i = 0; i < text.size(); ++i) {
    ExpectRefused(keyring, text.substr(0, i), absl::StrCat("the first ", i));
    ExpectRefused(keyring, text.substr(i + 1), absl::StrCat("without the first ", i + 1));
  }
  ASSERT_THAT(ReadActionToken(keyring, text, kNow), testing::IsOk());
}

// Sealed as a token is, but for one thing.
TEST(ActionToken, WhatIsNoneOfOurs) {
  const Keyring keyring = Keyring::Random();
  const v1::ActionToken token = AToken();
  const std::string bytes = token.SerializeAsString();
  const auto sealed = [&](const char* purpose, const std::string& text, const std::string& aad) {
    return absl::WebSafeBase64Escape(keyring.Seal(purpose, text, aad));
  };
  const std::string good = sealed(Keyring::kActionToken, bytes, kForm);
  ASSERT_THAT(ReadActionToken(keyring, good, kNow), IsOkAnd(EqualsProto(token)));
  // Some of its characters, so that the alphabets differ.
  std::string other_alphabet = good;
  while (other_alphabet.find_first_of("-_") == std::string::npos) {
    other_alphabet = MintActionToken(keyring, token);
  }
  const Keyring stranger = Keyring::Random();
  v1::ActionToken without_end = token;
  without_end.clear_expire_time();
  v1::ActionToken long_one = token;
  long_one.set_holder(std::string(400, 'a'));
  std::vector<std::pair<std::string, std::string>> mutants = {
      {"empty", ""},
      {"another keyring", MintActionToken(stranger, token)},
      {"a page token's key", sealed(Keyring::kPageToken, bytes, kForm)},
      {"the envelope's key", sealed(Keyring::kEnvelope, bytes, kForm)},
      {"the pseudonyms' key", sealed(Keyring::kPseudonym, bytes, kForm)},
      {"the persons' key", sealed(Keyring::kPerson, bytes, kForm)},
      {"a page token", sealed(Keyring::kPageToken, "page", "staff:devos")},
      {"no aad", sealed(Keyring::kActionToken, bytes, "")},
      {"another aad", sealed(Keyring::kActionToken, bytes, "scharnier.identity.v1.Grant")},
      {"a longer aad", sealed(Keyring::kActionToken, bytes, absl::StrCat(kForm, "2"))},
      {"nothing sealed", sealed(Keyring::kActionToken, "", kForm)},
      {"no message", sealed(Keyring::kActionToken, "\xff\xff", kForm)},
      {"bad UTF-8", sealed(Keyring::kActionToken, "\x12\x01\xff", kForm)},
      {"cut before sealing", sealed(Keyring::kActionToken, bytes.substr(0, 100), kForm)},
      {"without end", MintActionToken(keyring, without_end)},
      {"too long, and otherwise right", MintActionToken(keyring, long_one)},
      {"plain", absl::WebSafeBase64Escape(bytes)},
      {"plain text", token.DebugString()},
      {"hexadecimal", absl::BytesToHexString(keyring.Seal(Keyring::kActionToken, bytes, kForm))},
      {"a JWT", testing::Issuer().Token(testing::Issuer::Claims(absl::Now()))},
      {"the other alphabet", absl::StrReplaceAll(other_alphabet, {{"-", "+"}, {"_", "/"}})},
      {"one padding", absl::StrCat(good, "=")},
      {"two paddings", absl::StrCat(good, "==")},
      {"a blank before", absl::StrCat(" ", good)},
      {"a blank behind", absl::StrCat(good, " ")},
      {"a blank inside", absl::StrCat(good.substr(0, 9), " ", good.substr(9))},
      {"a line break", absl::StrCat(good, "\n")},
      {"a line break inside", absl::StrCat(good.substr(0, 76), "\r\n", good.substr(76))},
      {"a tabulator", absl::StrCat(good, "\t")},
      {"U+0000", absl::StrCat(good, std::string(1, '\0'))},
      {"a dot", absl::StrCat(good, ".")},
      {"per cent", absl::StrCat(good, "%3D")},
      {"a quoted one", absl::StrCat("\"", good, "\"")},
      {"a character more", absl::StrCat(good, "A")},
      {"four characters more", absl::StrCat(good, "AAAA")},
      {"twice", absl::StrCat(good, good)},
      {"two with a comma", absl::StrCat(good, ",", good)},
      {"lower case", absl::AsciiStrToLower(good)},
      {"upper case", absl::AsciiStrToUpper(good)},
      {"reversed", std::string(good.rbegin(), good.rend())},
      {"513 characters", std::string(513, 'A')},
      {"a megabyte", std::string(1 << 20, 'A')},
      {"not ASCII", absl::StrCat(good, "é")},
  };
  for (const auto& [what, text] : mutants) {
    ExpectRefused(keyring, text, what);
  }
  EXPECT_GE(mutants.size(), 40);
}

// The last character of some lengths has bits that stand for nothing: they are zero.
TEST(ActionToken, HasOneSpelling) {
  const Keyring keyring = Keyring::Random();
  constexpr absl::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (size_t more = 0; more < 3; ++more) {
    v1::ActionToken token = AToken();
    token.set_holder(std::string(60 + more, 'a'));
    const std::string text = MintActionToken(keyring, token);
    int accepted = 0;
    for (const char c : kAlphabet) {
      std::string other = text;
      other.back() = c;
      accepted += ReadActionToken(keyring, other, kNow).ok() ? 1 : 0;
    }
    EXPECT_EQ(accepted, 1) << text.size();
  }
}

TEST(ActionToken, EndsToTheMillisecond) {
  const Keyring keyring = Keyring::Random();
  const std::string text = MintActionToken(keyring, AToken());
  const absl::Time end = kNow + absl::Hours(180 * 24);
  EXPECT_THAT(ReadActionToken(keyring, text, end - absl::Milliseconds(1)), testing::IsOk());
  ExpectRefused(keyring, text, "at its end", end);
  ExpectRefused(keyring, text, "after its end", end + absl::Milliseconds(1));
  ExpectRefused(keyring, text, "years after", end + absl::Hours(24 * 3650));
}

TEST(ActionToken, AKeyIsReplacedWhileLinksAreAbroad) {
  const std::string old_key = Line("action-token", "2020", 'a');
  const std::string new_key = Line("action-token", "2021", 'b');
  const Keyring before = WithKeys(old_key), after = WithKeys(old_key + new_key),
                much_later = WithKeys(new_key);
  const std::string old_text = MintActionToken(before, AToken());
  EXPECT_THAT(ReadActionToken(after, old_text, kNow), testing::IsOk());
  const std::string new_text = MintActionToken(after, AToken());
  EXPECT_THAT(ReadActionToken(much_later, new_text, kNow), testing::IsOk());
  ExpectRefused(much_later, old_text, "its key is gone");
  ExpectRefused(before, new_text, "a key that is not known yet");
}

}  // namespace
}  // namespace scharnier::identity
