#include "common/rpc/names.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

namespace scharnier::rpc {
namespace {

using ::testing::ElementsAre;

constexpr char kSession[] = "01890a5d-ac96-774b-bcce-b302099a8057";
constexpr char kRegistration[] = "01890a5d-ac96-7ab2-80e2-4536d5e7b1c3";
constexpr char kPattern[] = "sessions/*/registrations/*";

TEST(NamesTest, FormatAndParseAreInverse) {
  const std::string name = FormatName(kPattern, {kSession, kRegistration});
  EXPECT_EQ(name, absl::StrCat("sessions/", kSession, "/registrations/", kRegistration));
  EXPECT_TRUE(MatchesName(kPattern, name));
  EXPECT_THAT(NameIds(name), ElementsAre(kSession, kRegistration));
  EXPECT_THAT(NameIds(FormatName("sessions/*", {kSession})), ElementsAre(kSession));
}

TEST(NamesTest, RefusesWhatIsNoName) {
  const std::string name = FormatName("sessions/*", {kSession});
  for (const std::string& bad : {
           std::string(),
           std::string("sessions"),
           std::string("sessions/"),
           std::string("sessions/*"),
           std::string("sessions/1"),
           std::string("sessions/00000000-0000-0000-0000-000000000000"),
           std::string("sessions/01890A5D-AC96-774B-BCCE-B302099A8057"),
           std::string("sessions/01890a5dac96774bbcceb302099a8057"),
           std::string("Sessions/01890a5d-ac96-774b-bcce-b302099a8057"),
           absl::StrCat("series/", kSession),
           absl::StrCat("/", name),
           absl::StrCat(name, "/"),
           absl::StrCat(name, "/registrations/", kRegistration),
           absl::StrCat("//scharnier/", name),
           absl::StrCat(name, std::string(1, '\0')),
           absl::StrCat(name, " "),
           std::string("sessions/../sessions"),
       }) {
    EXPECT_FALSE(MatchesName("sessions/*", bad)) << bad;
  }
}

TEST(NamesTest, NumbersHaveOneSpelling) {
  const std::string name = FormatName("sessions/*/receipts/#", {kSession, "12"});
  EXPECT_EQ(name, absl::StrCat("sessions/", kSession, "/receipts/12"));
  EXPECT_TRUE(MatchesName("sessions/*/receipts/#", name));
  EXPECT_THAT(NameIds(name), ElementsAre(kSession, "12"));
  for (const char* bad : {"", "0", "01", "-1", "+1", "1.0", " 1", "1a", "1000000000"}) {
    EXPECT_FALSE(MatchesName("sessions/*/receipts/#",
                             absl::StrCat("sessions/", kSession, "/receipts/", bad)))
        << bad;
  }
}

TEST(NamesTest, DescribesPatterns) {
  EXPECT_EQ(DescribePattern("sessions/*/receipts/#"), "sessions/{uuid}/receipts/{number}");
  EXPECT_EQ(DescribePattern(kPattern), "sessions/{uuid}/registrations/{uuid}");
}

}  // namespace
}  // namespace scharnier::rpc
