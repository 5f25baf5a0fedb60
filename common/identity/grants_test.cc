#include "common/identity/grants.h"

#include <cstdio>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"

namespace scharnier::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNull;
using testing::IsOk;
using ::testing::NotNull;

constexpr char kEnd[] = R"("end_date": {"year": 2026, "month": 10, "day": 25})";

std::string File(const std::string& grant) {
  return absl::StrCat(R"({"grants": [{"team": "reporting", )", grant, "}]}");
}
std::string Sound() { return File(absl::StrCat(R"("resources": ["sessions"], )", kEnd)); }

absl::Time At(const std::string& text) {
  absl::Time time;
  std::string problem;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &problem)) << problem;
  return time;
}

std::string Replace(const std::string& path, const std::string& text) {
  std::ofstream(path + ".new") << text;
  EXPECT_EQ(std::rename((path + ".new").c_str(), path.c_str()), 0);
  return path;
}

TEST(ParseGrants, SaysWhatIsWrong) {
  const struct {
    std::string json, problem;
  } cases[] = {
      {"", "no JSON"},
      {R"({"grant": []})", "no JSON"},
      {R"({"grants": [{}]})", "without a team"},
      {File(kEnd), "no resources"},
      {File(R"("resources": ["sessions"])"), "end_date"},
      {File(R"("resources": ["sessions"], "end_date": {"year": 2026, "month": 2, "day": 30})"),
       "end_date"},
      {File(absl::StrCat(R"("resources": ["sessions"], "fields": ["DATA_SENSITIVE"], )", kEnd)),
       "DATA_PERSONAL alone"},
      {File(absl::StrCat(R"("resources": ["sessions"], "calls": ["calls/reconversie"], )", kEnd)),
       "calls/{uuid}"},
      {absl::StrCat(R"({"grants": [{"team": "a", "resources": ["x"], )", kEnd,
                    R"(}, {"team": "a", "resources": ["y"], )", kEnd, "}]}"),
       "two grants"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(std::string(ParseGrants(c.json).status().message()), HasSubstr(c.problem))
        << c.json;
  }
  EXPECT_THAT(ParseGrants(Sound()), IsOk());
  EXPECT_THAT(ParseGrants("{}"), IsOk());
}

// The last day is Brussels', 25 hours long here.
TEST(Grants, EndAfterTheirLastDay) {
  const auto grants = Grants::Open(Replace(::testing::TempDir() + "/grants", Sound()));
  ASSERT_THAT(grants, IsOk());
  EXPECT_THAT((*grants)->Find("reporting", At("2026-10-25T22:59:59.999Z")), NotNull());
  EXPECT_THAT((*grants)->Find("reporting", At("2026-10-25T23:00:00Z")), IsNull());
  EXPECT_THAT((*grants)->Find("others", At("2026-10-01T00:00:00Z")), IsNull());
}

TEST(Grants, AreReadAgain) {
  const std::string path = ::testing::TempDir() + "/grants-again";
  const auto grants = Grants::Open(Replace(path, Sound()));
  ASSERT_THAT(grants, IsOk());
  const absl::Time now = At("2026-01-01T00:00:00Z");
  Replace(path, File(absl::StrCat(R"("resources": ["ideas"], )", kEnd)));
  ASSERT_THAT((*grants)->Find("reporting", now), NotNull());
  EXPECT_THAT((*grants)->Find("reporting", now)->resources(), ElementsAre("ideas"));
  Replace(path, "nonsense");
  EXPECT_THAT((*grants)->Find("reporting", now), NotNull());
  Replace(path, "{}");
  EXPECT_THAT((*grants)->Find("reporting", now), IsNull());
}

TEST(Grants, NeedAFileOnlyWhereOneIsNamed) {
  EXPECT_THAT(Grants::Open("/nowhere/grants").status().message(), HasSubstr("cannot read"));
  const auto none = Grants::Open("");
  ASSERT_THAT(none, IsOk());
  EXPECT_THAT((*none)->Find("reporting", At("2026-01-01T00:00:00Z")), IsNull());
}

}  // namespace
}  // namespace scharnier::identity
