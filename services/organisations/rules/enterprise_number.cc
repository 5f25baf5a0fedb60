#include "services/organisations/rules/enterprise_number.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace scharnier::organisations::rules {
namespace {

constexpr size_t kDigits = 10;

// The digits of a number whose groups are separated by blanks, dots or hyphens; nullopt where
// anything else stands in it.
std::optional<std::string> Digits(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  std::string digits;
  for (const char c : text) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(c))) {
      digits += c;
    } else if (c != ' ' && c != '.' && c != '-') {
      return std::nullopt;
    }
  }
  return digits;
}

bool HasCheckDigits(const std::string& digits) {
  int base = 0;
  int check = 0;
  return digits.size() == kDigits && absl::SimpleAtoi(digits.substr(0, 8), &base) &&
         absl::SimpleAtoi(digits.substr(8), &check) && base > 0 && check == 97 - base % 97;
}

}  // namespace

std::optional<std::string> EnterpriseNumber(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (absl::StartsWithIgnoreCase(text, "BE")) {
    text.remove_prefix(2);
  }
  std::optional<std::string> digits = Digits(text);
  if (digits.has_value() && digits->size() == kDigits - 1) {
    digits->insert(0, 1, '0');
  }
  const bool valid = digits.has_value() && HasCheckDigits(*digits) && digits->front() <= '1';
  return valid ? digits : std::nullopt;
}

std::optional<std::string> EstablishmentNumber(absl::string_view text) {
  std::optional<std::string> digits = Digits(text);
  const bool valid = digits.has_value() && HasCheckDigits(*digits) && digits->front() >= '2' &&
                     digits->front() <= '8';
  return valid ? digits : std::nullopt;
}

}  // namespace scharnier::organisations::rules
