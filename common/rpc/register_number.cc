#include "common/rpc/register_number.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "common/types/text.h"

namespace scharnier::rpc {
namespace {

constexpr int kDigits = 11;
constexpr int kMaxSeparators = 3;  // " - "

// The text as '0' to '9' for digits of any script, ' ' for what may stand between the parts of a
// number,
// '+' for itself, since what follows is a telephone number, and 'x' for all else.
std::string Outline(absl::string_view text) {
  std::string outline;
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<UChar32>(types::NextCodePoint(text, i));
    if (const int32_t digit = u_charDigitValue(c); digit >= 0) {
      outline.push_back(static_cast<char>('0' + digit));
    } else if (c == '.' || c == '/' || u_isUWhiteSpace(c) || u_charType(c) == U_DASH_PUNCTUATION) {
      outline.push_back(' ');
    } else {
      outline.push_back(c == '+' ? '+' : 'x');
    }
  }
  return outline;
}

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// Whether separators may stand before the digit at this place: between year, month, day, serial
// number and check digits.
bool BeginsPart(size_t place) { return place == 2 || place == 4 || place == 6 || place == 9; }

// The 11 digits of a number that begins at `start`; fewer where it is none.
std::string DigitsFrom(const std::string& outline, size_t start) {
  std::string digits;
  int separators = 0;
  size_t i = start;
  for (; i < outline.size() && digits.size() < kDigits; ++i) {
    if (IsDigit(outline[i])) {
      digits.push_back(outline[i]);
      separators = 0;
    } else if (outline[i] != ' ' || !BeginsPart(digits.size()) || ++separators > kMaxSeparators) {
      return "";
    }
  }
  const bool goes_on = i < outline.size() && IsDigit(outline[i]);
  return goes_on ? "" : digits;
}

bool IsRegisterNumber(const std::string& digits) {
  if (digits.size() != kDigits) {
    return false;
  }
  const int month = std::stoi(digits.substr(2, 2)) % 20;
  const int day = std::stoi(digits.substr(4, 2));
  if (digits[2] > '5' || month > 12 || day > 31) {
    return false;
  }
  const int64_t base = std::stoll(digits.substr(0, 9));
  const int check = std::stoi(digits.substr(9));
  constexpr int64_t kBornSince2000 = 2'000'000'000;
  return check == 97 - base % 97 || check == 97 - (kBornSince2000 + base) % 97;
}

}  // namespace

bool HasRegisterNumber(absl::string_view text) {
  // Most texts have too few bytes that can be of a digit; they need no closer look.
  const auto candidates = std::count_if(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isdigit(c) || c >= 0x80;
  });
  if (candidates < kDigits) {
    return false;
  }

  const std::string outline = Outline(text);
  for (size_t start = 0; start + kDigits <= outline.size(); ++start) {
    const char before = start == 0 ? ' ' : outline[start - 1];
    if (IsDigit(outline[start]) && !IsDigit(before) && before != '+' &&
        IsRegisterNumber(DigitsFrom(outline, start))) {
      return true;
    }
  }
  return false;
}

}  // namespace scharnier::rpc
