#include "services/organisations/rules/search.h"

#include "gmock/gmock.h"

namespace scharnier::organisations::rules {
namespace {

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
      {"jeugdzrog groenhof", "groenhof jeugdzorg", 1},
      {"", "groenhof", 0},
      {"groenhof", "", 8},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Slips(c.typed, c.text), c.slips) << c.typed << " / " << c.text;
  }
}

}  // namespace
}  // namespace scharnier::organisations::rules
