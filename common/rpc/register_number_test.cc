#include "common/rpc/register_number.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gtest/gtest.h"

namespace scharnier::rpc {
namespace {

// The check digits of invented people.
std::string Check(const std::string& nine, bool since_2000) {
  const long long base = std::stoll(nine) + (since_2000 ? 2'000'000'000 : 0);
  return absl::StrFormat("%02d", 97 - base % 97);
}

std::string Number(const std::string& nine, bool since_2000 = false) {
  return nine + Check(nine, since_2000);
}

// "85073003328" with separators between its parts.
std::string Written(const std::string& number, const std::string& in_date,
                    const std::string& before_serial, const std::string& before_check) {
  return absl::StrCat(number.substr(0, 2), in_date, number.substr(2, 2), in_date,
                      number.substr(4, 2), before_serial, number.substr(6, 3), before_check,
                      number.substr(9));
}

TEST(HasRegisterNumberTest, FindsEveryNotation) {
  for (const std::string& number :
       {Number("850730033"), Number("010230998", true), Number("000000001", true),
        Number("400001001"), Number("854730033"), Number("852730033")}) {
    for (const std::string& written : {
             number,
             Written(number, ".", "-", "."),
             Written(number, ".", " ", " "),
             Written(number, "", "-", "-"),
             Written(number, "", " ", " "),
             Written(number, "-", "-", "-"),
             Written(number, "/", " - ", "."),
             Written(number, " ", " ", " "),
             Written(number, "\u00a0", "\u2013", "\u2009"),
         }) {
      EXPECT_TRUE(HasRegisterNumber(written)) << written;
      EXPECT_TRUE(HasRegisterNumber(absl::StrCat("Mijn nummer is ", written, ".")));
      EXPECT_TRUE(HasRegisterNumber(absl::StrCat("RR", written, "\nAn")));
      EXPECT_TRUE(HasRegisterNumber(absl::StrCat("op 15 10 2020, ", written)));
      EXPECT_TRUE(HasRegisterNumber(absl::StrCat("2020 ", written, " 12")));
    }
  }
}

TEST(HasRegisterNumberTest, FindsDigitsOfOtherScripts) {
  std::string wide;
  for (const char digit : Number("850730033")) {
    // U+FF10 to U+FF19, FULLWIDTH DIGIT ZERO to NINE.
    absl::StrAppend(&wide, "\xEF\xBC", std::string(1, static_cast<char>(0x90 + digit - '0')));
  }
  EXPECT_TRUE(HasRegisterNumber(wide));
}

TEST(HasRegisterNumberTest, EveryWrongDigitIsNoNumber) {
  const std::string number = Number("850730033");
  for (size_t i = 0; i < number.size(); ++i) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      std::string other = number;
      other[i] = digit;
      const bool since_2000 = other.substr(9) == Check(other.substr(0, 9), true);
      EXPECT_EQ(HasRegisterNumber(other), other == number || since_2000) << other;
    }
  }
}

TEST(HasRegisterNumberTest, LeavesOtherNumbersAlone) {
  const std::string number = Number("850730033");
  for (const std::string& text : {
           std::string(),
           std::string("Donderdag 15 oktober 2020 van 9.00 tot 12.00 uur"),
           std::string("Koning Albert II-laan 20, 1000 Brussel, tel. 02 533 12 11"),
           std::string("tel. +32 470 12 34 56 of 0470/12.34.56"),
           absl::StrCat("tel. +", number),
           absl::StrCat("1", number),
           absl::StrCat(number, "1"),
           number.substr(0, 10),
           Number("851330033"),  // a month 13
           Number("850732033"),  // a day 32
           Number("856030033"),  // a month 60
           Written(number, ".", "    -", "."),
           Written(number, ".", ",", "."),
           absl::StrCat(number.substr(0, 5), " ", number.substr(5)),
           std::string("85x07x30x033x28"),
           std::string("BE68 5390 0754 7034"),
           std::string("0202.239.951"),
           std::string(10000, '1'),
       }) {
    EXPECT_FALSE(HasRegisterNumber(text)) << text;
  }
}

}  // namespace
}  // namespace scharnier::rpc
