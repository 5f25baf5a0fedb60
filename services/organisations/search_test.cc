#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/testing/matchers.h"
#include "services/organisations/organisations_test.h"

namespace scharnier::organisations {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOk;

class SearchTest : public OrganisationsTest {
 protected:
  // Enters facilities in Ghent of these names, in their order.
  void Enter(const std::vector<std::string>& names) {
    for (size_t i = 0; i < names.size(); ++i) {
      ASSERT_THAT(
          Create(Facility(static_cast<int>(i) + 1, absl::StrCat("display_name: '", names[i], "'"))),
          IsOk());
    }
  }
};

TEST_F(SearchTest, ForgivesAccentsCapitalsAndSlips) {
  Enter({"Huize Café Élan", "De Groene Linde", "Groenhof Jeugdzorg", "Sint-Jozefshuis Antwerpen",
         "Jeugdhulp De Kruin", "OCJ Vlaams-Brabant", "Pleegzorg Waasland"});
  const struct {
    const char* query;
    const char* best;
  } cases[] = {
      {"huize cafe elan", "Huize Café Élan"},
      {"ÉLAN", "Huize Café Élan"},
      {"groene linde", "De Groene Linde"},
      {"linde groene", "De Groene Linde"},
      {"groenhf", "Groenhof Jeugdzorg"},
      {"groenhoff", "Groenhof Jeugdzorg"},
      {"grohenof", "Groenhof Jeugdzorg"},
      {"groehnof", "Groenhof Jeugdzorg"},
      {"sint jozefshuis", "Sint-Jozefshuis Antwerpen"},
      {"jozefhuis", "Sint-Jozefshuis Antwerpen"},
      {"kruin", "Jeugdhulp De Kruin"},
      {"kriun", "Jeugdhulp De Kruin"},
      {"pleegzorg wasland", "Pleegzorg Waasland"},
      {"vlaams brabant", "OCJ Vlaams-Brabant"},
      {"Sint-Jozefs", "Sint-Jozefshuis Antwerpen"},
      {"k", "Jeugdhulp De Kruin"},
      {"kr de", "Jeugdhulp De Kruin"},
      {"de kriun", "Jeugdhulp De Kruin"},
      {"pleeg wasland", "Pleegzorg Waasland"},
      {"pleegzorg waasland afdeling", "Pleegzorg Waasland"},
      {"pleegzorg waasland antwerpen", "Pleegzorg Waasland"},
  };
  for (const auto& c : cases) {
    const auto found = Search(c.query);
    EXPECT_EQ(found.empty() ? "nothing" : found[0], c.best) << c.query;
  }
  EXPECT_THAT(Search("xylofoon"), IsEmpty());
  EXPECT_THAT(Search("100%_\\"), IsEmpty());
  EXPECT_THAT(Search("\xCC\x81"), IsEmpty()) << "an accent alone";
  EXPECT_THAT(Search("zorg afdeling"), IsEmpty()) << "what is missing is no slip";
  EXPECT_THAT(Search("in"), IsEmpty()) << "no word begins with it";
  EXPECT_THAT(Search("groen", "kind: KIND_REFERRER"), IsEmpty());
  EXPECT_THAT(Search("kriun", "kind: KIND_REFERRER"), IsEmpty());
  EXPECT_THAT(Search("kriun", "region: REGION_OVL"), ElementsAre("Jeugdhulp De Kruin"));
  EXPECT_EQ(Search("groen", "region: REGION_OVL").size(), 2u);
  EXPECT_EQ(Search("groen", "page_size: 1").size(), 1u);
}

TEST_F(SearchTest, AnswersWithTheShortestNamesFirst) {
  Enter({"Zorghuis aan de Leie", "Zorgpunt", "De Zorg", "Leerzorg Noord"});
  EXPECT_THAT(Search("zorg"),
              ElementsAre("De Zorg", "Zorgpunt", "Leerzorg Noord", "Zorghuis aan de Leie"));
  EXPECT_THAT(Search("zorg", "page_size: 2"), ElementsAre("De Zorg", "Zorgpunt"));
  EXPECT_THAT(Search("zorg de"), ElementsAre("De Zorg", "Zorghuis aan de Leie"));
  EXPECT_THAT(Search("zorg", "region: REGION_OVL page_size: 1"), ElementsAre("De Zorg"));
}

TEST_F(SearchTest, KnowsTheWordsOfTheNamesAsTheyAreNow) {
  const auto made = Create(Facility(1, "display_name: 'De Groehnof'"));
  ASSERT_THAT(made, IsOk());
  v1::Organisation patch = *made;
  patch.set_display_name("De Groenhof");
  ASSERT_THAT(Update(patch, {"display_name"}), IsOk());
  EXPECT_THAT(Search("groehnof"), ElementsAre("De Groenhof")) << "a slip, not a name that was";
  EXPECT_THAT(Search("groehnof", "region: REGION_OVL"), ElementsAre("De Groenhof"));
  EXPECT_THAT(database_.Sql("SELECT concat_ws(' ', word, length) FROM name_word ORDER BY word"),
              ElementsAre("de 11", "groenhof 11"));
}

TEST_F(SearchTest, FindsNumbersInAnySpelling) {
  ASSERT_THAT(Create(Facility(1, R"pb(
                establishments {
                  display_name: "Huis Noord"
                  number: "2000000141"
                  address {
                    street: "Dreef 2"
                    postal_code: "2000"
                    municipality: "Antwerpen"
                    region: REGION_ANT
                  }
                })pb")),
              IsOk());
  ASSERT_THAT(Create(Facility(2, "display_name: 'Andere'")), IsOk());
  EXPECT_THAT(Search("BE 1900.000.168"), ElementsAre("De Groene Linde"));
  EXPECT_THAT(Search("2.000.000.141"), ElementsAre("De Groene Linde"));
  EXPECT_THAT(Search("huis noord"), ElementsAre("De Groene Linde"));
  EXPECT_THAT(Search("1900000168", "region: REGION_LIM"), IsEmpty());
}

TEST_F(SearchTest, FindsTheExactNameAmongAnyNumberThatFit) {
  std::vector<std::string> names;
  for (int i = 0; i < 600; ++i) {
    names.push_back(absl::StrCat("Vzw Huis ", i));
  }
  names.insert(names.end(), {"Huis Vzw", "Vzw Huis", "Vzw"});
  Enter(names);
  EXPECT_THAT(Search("vzw huis", "page_size: 3"),
              ElementsAre("Vzw Huis", "Huis Vzw", "Vzw Huis 0"));
  EXPECT_THAT(Search("vzw", "page_size: 2 region: REGION_OVL"), ElementsAre("Vzw", "Huis Vzw"));
}

TEST_F(SearchTest, PutsWholeWordsBeforePartsOfWords) {
  Enter({"Linker", "De Link", "De Linkeroever Link", "Schakel"});
  for (const char* more : {"", "region: REGION_OVL"}) {
    EXPECT_THAT(Search("link", more), ElementsAre("De Link", "De Linkeroever Link", "Linker"))
        << more;
  }
  EXPECT_THAT(Search("link", "page_size: 1"), ElementsAre("De Link"));
}

TEST_F(SearchTest, PassesByTheWordsOfNamesThatWere) {
  Enter({"Qqlangewoord"});
  auto renamed = Create(Facility(2, "display_name: 'Qq'"));
  ASSERT_THAT(renamed, IsOk());
  for (int i = 0; i <= 100; ++i) {
    renamed->set_display_name(i < 100 ? absl::StrCat("Qq", i) : "Anders");
    renamed = Update(*renamed, {"display_name"});
    ASSERT_THAT(renamed, IsOk());
  }
  for (const char* query : {"qq", "qql", "qq qq"}) {
    EXPECT_THAT(Search(query), ElementsAre("Qqlangewoord")) << query;
    EXPECT_THAT(Search(query, "region: REGION_OVL"), ElementsAre("Qqlangewoord")) << query;
  }
}

TEST_F(SearchTest, TheBestMatchDoesNotDependOnThePageSize) {
  Enter({"Pleegzorg", "Waasland", "Antwerpen", "Pleegzorg Waasland Oost",
         "Pleegzorg Waasland Oost Xylo"});
  for (const char* more : {"", "page_size: 1"}) {
    const auto some = Search("pleegzorg waasland antwerpen", more);
    EXPECT_EQ(some.empty() ? "nothing" : some[0], "Pleegzorg Waasland Oost") << more;
    const auto all = Search("pleegzorg waasland xylofoon", more);
    EXPECT_EQ(all.empty() ? "nothing" : all[0], "Pleegzorg Waasland Oost Xylo") << more;
  }
}

TEST_F(SearchTest, ForgivesTwoLettersThatChangedPlacesAnywhere) {
  const std::vector<std::string> names = {"Hof", "Zorg", "Kruin", "Gezin", "Schelp", "Waterval"};
  Enter(names);
  for (const std::string& name : names) {
    for (size_t at = 1; at < name.size(); ++at) {
      std::string typed = absl::AsciiStrToLower(name);
      std::swap(typed[at - 1], typed[at]);
      EXPECT_THAT(Search(typed), ElementsAre(name)) << typed;
      EXPECT_THAT(Search(typed, "region: REGION_OVL"), ElementsAre(name)) << typed;
    }
  }
}

}  // namespace
}  // namespace scharnier::organisations
