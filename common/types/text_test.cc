#include "common/types/text.h"

#include <string>

#include "gmock/gmock.h"

namespace scharnier::types {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TextTest, Counts) {
  const struct {
    const char* text;
    int code_points;
    int words;
    int lines;
  } cases[] = {
      {"", 0, 0, 1},
      {"een", 3, 1, 1},
      {"  een\ttwee \n drie ", 18, 3, 2},
      {"cliënt", 6, 1, 1},
      {"e\u0301e\u0301n", 5, 1, 1},     // combining accents count
      {"👩‍👩‍👧", 5, 1, 1},  // as do the joiners of an emoji
      {"een\u00a0twee\u3000drie", 13, 3, 1},
      {"\n\n", 2, 0, 3},
      {"een\n", 4, 1, 2},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(CodePoints(c.text), c.code_points);
    EXPECT_EQ(Words(c.text), c.words);
    EXPECT_EQ(Lines(c.text), c.lines);
  }
}

TEST(TextTest, Collapses) {
  EXPECT_EQ(Collapsed(" An \t\u00a0Peeters\u3000"), "An Peeters");
  EXPECT_EQ(Collapsed("cliënt"), "cliënt");
  EXPECT_EQ(Collapsed(" \n"), "");
}

TEST(TextTest, FoldsAndFindsWords) {
  EXPECT_EQ(Folded("Huize  Café 't Groenhof"), "huize cafe 't groenhof");
  EXPECT_THAT(FoldedWords(Folded("Huize  Café 't Sint-Jozef (1A)")),
              ElementsAre("huize", "cafe", "t", "sint", "jozef", "1a"));
  EXPECT_THAT(FoldedWords("‘één’ “twee” – ₃ _"), ElementsAre("één", "twee"));
  EXPECT_THAT(FoldedWords("100%_\\"), ElementsAre("100"));
  const std::string endless(300, 'a');
  EXPECT_THAT(FoldedWords(endless + " b"), ElementsAre(endless.substr(0, 100), "b"));
  EXPECT_THAT(FoldedWords(Folded(" \xCC\x81 👍")), IsEmpty()) << "an accent and a picture";
}

TEST(TextTest, KnowsWhatAReaderDoesNotSee) {
  for (const char* blank : {"", " ", "\t\n", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u2060",
                            "\u200d", "\u00ad", "\u3164", " \u200b \u2028"}) {
    EXPECT_TRUE(IsBlank(blank)) << blank;
  }
  for (const char* text : {"a", " a", "\u200ba", ".", "0", "é", "👍"}) {
    EXPECT_FALSE(IsBlank(text)) << text;
  }
}

}  // namespace
}  // namespace scharnier::types
