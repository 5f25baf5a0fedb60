#include "services/organisations/rules/search.h"

#include "gmock/gmock.h"

namespace scharnier::organisations::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Slips, CountsWhatAHandDoesWrong) {
  const struct {
    const char* typed;
    const char* text;
    int slips;
  } cases[] = {
      {"groenhof", "groenhof jeugdzorg", 0},
      {"groenhf", "groenhof jeugdzorg", 1},
      {"groenhoff", "groenhof jeugdzorg", 1},
      {"groenhaf", "groenhof jeugdzorg", 1},
      {"groehnof", "groenhof jeugdzorg", 1},
      {"groehnof", "de groene linde", 3},
      {"groen zorg", "groenhof jeugdzorg", 0},
      {"jeugdzrog groenhof", "groenhof jeugdzorg", 1},
      {"", "groenhof", 0},
      {"groenhof", "", 8},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Slips(c.typed, c.text), c.slips) << c.typed << " / " << c.text;
  }
}

TEST(Nearest, AreTheWordsWithTheFewestSlips) {
  const std::vector<std::string> words = {"kraan", "kruin", "kruis", "pleegzorg", "ploeg"};
  EXPECT_THAT(Nearest("kriun", words), ElementsAre("kruin"));
  EXPECT_THAT(Nearest("kruip", words), ElementsAre("kruin", "kruis"));
  EXPECT_THAT(Nearest("kruis", words), ElementsAre("kruis"));
  EXPECT_THAT(Nearest("pleeg", words), ElementsAre("pleegzorg")) << "it is a part of it";
  EXPECT_THAT(Nearest("kramp", words), ElementsAre("kraan")) << "two of five letters";
  EXPECT_THAT(Nearest("kramps", words), IsEmpty()) << "three of six letters";
  EXPECT_EQ(Nearest("huis", {"ahuis", "bhuis", "chuis", "dhuis", "ehuis", "fhuis"}).size(), 5u);
}

}  // namespace
}  // namespace scharnier::organisations::rules
