#include "common/rpc/text.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace scharnier::rpc {
namespace {

bool Accepts(LineRule lines, std::string text) { return NormaliseText(lines, text).empty(); }

std::string Normalised(LineRule lines, std::string text) {
  EXPECT_EQ(NormaliseText(lines, text), "");
  return text;
}

// A code point as UTF-8.
std::string Utf8(char32_t c) {
  std::string text;
  const auto add = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    add(c);
  } else if (c < 0x800) {
    add(0xC0 | (c >> 6));
    add(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    add(0xE0 | (c >> 12));
    add(0x80 | ((c >> 6) & 0x3F));
    add(0x80 | (c & 0x3F));
  } else {
    add(0xF0 | (c >> 18));
    add(0x80 | ((c >> 12) & 0x3F));
    add(0x80 | ((c >> 6) & 0x3F));
    add(0x80 | (c & 0x3F));
  }
  return text;
}

TEST(NormaliseTextTest, ComposesText) {
  const struct {
    const char* given;
    const char* stored;
  } cases[] = {
      {"", ""},
      {"Zo thuis mogelijk", "Zo thuis mogelijk"},
      {"clie\u0308nt", "cli\u00ebnt"},
      {"cli\u00ebnt", "cli\u00ebnt"},
      {"\u212b", "\u00c5"},               // Ångström sign
      {"\u1100\u1161", "\uac00"},         // Hangul
      {"a\u0323\u0307", "\u1ea1\u0307"},  // marks in order
      {"a\u0307\u0323", "\u1ea1\u0307"},  // marks out of order
      {"\ufb01che", "\ufb01che"},         // a ligature is another character: kept
      {"İstanbul ı", "İstanbul ı"},       // Turkish i
      {"Łukasz Öztürk-D'Hondt", "Łukasz Öztürk-D'Hondt"},
      {"名前 имя שם اسم", "名前 имя שם اسم"},
      {"👍🏽 ❤️", "👍🏽 ❤️"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Normalised(LineRule::kOneLine, c.given), c.stored) << c.given;
    EXPECT_EQ(Normalised(LineRule::kManyLines, c.given), c.stored) << c.given;
  }
}

TEST(NormaliseTextTest, LinesAreSeparatedByLf) {
  EXPECT_EQ(Normalised(LineRule::kManyLines, "een\r\ntwee\n\r\n"), "een\ntwee\n\n");
  EXPECT_FALSE(Accepts(LineRule::kManyLines, "een\rtwee"));
  EXPECT_FALSE(Accepts(LineRule::kManyLines, "een\r\r\ntwee"));
  for (const char* text : {"een\ntwee", "een\r\ntwee", "een\rtwee", "een\n"}) {
    EXPECT_FALSE(Accepts(LineRule::kOneLine, text)) << text;
  }
}

TEST(NormaliseTextTest, RefusesWhatIsNotSeen) {
  for (const char32_t c :
       {0x00,   0x01,   0x07,   0x08,   0x09,    0x0B,    0x0C,   0x0D,   0x1B,   0x1F,
        0x7F,   0x80,   0x85,   0x9F,   0x61C,   0x180E,  0x200B, 0x200E, 0x200F, 0x2028,
        0x2029, 0x202A, 0x202B, 0x202C, 0x202D,  0x202E,  0x2060, 0x2063, 0x2066, 0x2067,
        0x2068, 0x2069, 0xFEFF, 0xFFF9, 0xE0001, 0xE0041, 0xE007F}) {
    SCOPED_TRACE(static_cast<uint32_t>(c));
    for (const LineRule lines : {LineRule::kOneLine, LineRule::kManyLines}) {
      EXPECT_FALSE(Accepts(lines, absl::StrCat("An", Utf8(c), "Peeters")));
      EXPECT_FALSE(Accepts(lines, Utf8(c)));
      EXPECT_FALSE(Accepts(lines, absl::StrCat("\u00eb", Utf8(c))));
    }
  }
}

TEST(NormaliseTextTest, AcceptsTheirNeighbours) {
  for (const char32_t c : {0x20, 0x7E, 0xA0, 0xAD, 0x61B, 0x2010, 0x2019, 0x2027, 0x202F, 0x205F,
                           0x20AC, 0xFE0F, 0xFFFD, 0xE0100}) {
    EXPECT_TRUE(Accepts(LineRule::kOneLine, absl::StrCat("An", Utf8(c), "Peeters")))
        << static_cast<uint32_t>(c);
  }
}

TEST(NormaliseTextTest, JoinersStandBetweenLetters) {
  const std::string zwnj = Utf8(0x200C);
  const std::string zwj = Utf8(0x200D);
  for (const std::string& joiner : {zwnj, zwj}) {
    EXPECT_TRUE(Accepts(LineRule::kOneLine, absl::StrCat("می", joiner, "خواهم")));
    EXPECT_TRUE(Accepts(LineRule::kOneLine, absl::StrCat("क्", joiner, "ष")));
    EXPECT_FALSE(Accepts(LineRule::kOneLine, joiner));
    EXPECT_FALSE(Accepts(LineRule::kOneLine, absl::StrCat(joiner, "a")));
    EXPECT_FALSE(Accepts(LineRule::kOneLine, absl::StrCat("a", joiner)));
    EXPECT_FALSE(Accepts(LineRule::kOneLine, absl::StrCat("a", joiner, joiner, "b")));
    EXPECT_FALSE(Accepts(LineRule::kOneLine, absl::StrCat("1", joiner, "2")));
    EXPECT_FALSE(Accepts(LineRule::kOneLine, absl::StrCat("a", joiner, " b")));
  }
}

}  // namespace
}  // namespace scharnier::rpc
