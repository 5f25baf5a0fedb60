#include "services/organisations/rules/enterprise_number.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"

namespace scharnier::organisations::rules {
namespace {

using ::testing::Eq;
using ::testing::Optional;

// The number with this base: eight digits.
std::string Number(int base) { return absl::StrFormat("%08d%02d", base, 97 - base % 97); }

TEST(EnterpriseNumber, TakesTheUsualSpellings) {
  for (const char* text : {"1900000168", "1900.000.168", "BE1900000168", "BE 1900.000.168",
                           "be 1900 000 168", " 1900-000-168 "}) {
    EXPECT_THAT(EnterpriseNumber(text), Optional(std::string("1900000168"))) << text;
  }
  // A spreadsheet has eaten the zero of 0123456749.
  EXPECT_THAT(EnterpriseNumber("123456749"), Optional(std::string("0123456749")));
  EXPECT_THAT(EnterpriseNumber("BE 123.456.749"), Optional(std::string("0123456749")));
}

TEST(EnterpriseNumber, RefusesWhatIsNone) {
  for (const char* text :
       {"", "BE", "0000000097", "000000097", "BE0000000097", "0000000000", "1900000169",
        "190000016", "19000001680", "2000000141", "9999999900", "1900000I68", "1900/000/168",
        "NL1900000168", "1900000168 x", "１９００000168"}) {
    EXPECT_THAT(EnterpriseNumber(text), Eq(std::nullopt)) << text;
  }
}

// 22,000 numbers: 1,000 valid ones, and of each every kind of slip.
TEST(EnterpriseNumber, ADigitOffOrTwoSwappedIsNoticed) {
  int tried = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string valid = Number(19'000'001 + i * 997);
    ASSERT_THAT(EnterpriseNumber(valid), Optional(valid));
    ++tried;
    for (size_t at = 0; at < valid.size(); ++at) {
      std::string slip = valid;
      slip[at] = static_cast<char>('0' + (slip[at] - '0' + 1 + i % 9) % 10);
      EXPECT_THAT(EnterpriseNumber(slip), Eq(std::nullopt)) << valid << " " << slip;
      ++tried;
    }
    for (size_t at = 0; at + 1 < valid.size(); ++at) {
      std::string swapped = valid;
      std::swap(swapped[at], swapped[at + 1]);
      if (swapped != valid) {
        EXPECT_THAT(EnterpriseNumber(swapped), Eq(std::nullopt)) << valid << " " << swapped;
      }
      ++tried;
    }
    // Base 0 with each check digits, however it is grouped.
    const std::string zero = absl::StrFormat("0000.000.0%02d", i % 100);
    EXPECT_THAT(EnterpriseNumber(zero), Eq(std::nullopt)) << zero;
    const std::string spaced = absl::StrCat("BE ", zero);
    EXPECT_THAT(EnterpriseNumber(spaced), Eq(std::nullopt)) << spaced;
    tried += 2;
  }
  EXPECT_EQ(tried, 22'000);
}

TEST(EstablishmentNumber, BeginsWithTwoToEight) {
  for (const int first : {0, 1, 9}) {
    EXPECT_THAT(EstablishmentNumber(Number(first * 10'000'000 + 1)), Eq(std::nullopt)) << first;
  }
  for (const int first : {2, 3, 4, 5, 6, 7, 8}) {
    const std::string number = Number(first * 10'000'000 + 1);
    EXPECT_THAT(EstablishmentNumber(number), Optional(number));
    const std::string dotted = absl::StrCat(number.substr(0, 1), ".", number.substr(1, 3), ".",
                                            number.substr(4, 3), ".", number.substr(7));
    EXPECT_THAT(EstablishmentNumber(dotted), Optional(number)) << dotted;
  }
  EXPECT_THAT(EstablishmentNumber("BE2000000141"), Eq(std::nullopt));
}

}  // namespace
}  // namespace scharnier::organisations::rules
