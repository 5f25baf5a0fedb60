#include "common/types/text.h"

#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace scharnier::types {
namespace {

constexpr int kLongestWord = 100;

}  // namespace

char32_t NextCodePoint(absl::string_view text, size_t& position) {
  const auto size = static_cast<int32_t>(text.size());
  auto i = static_cast<int32_t>(position);
  UChar32 c = 0;
  U8_NEXT(text.data(), i, size, c);  // NOLINT(bugprone-inc-dec-in-conditions): ICU's macro
  position = static_cast<size_t>(i);
  return static_cast<char32_t>(c);
}

int CodePoints(absl::string_view text) {
  // Every byte but the continuation bytes (10xxxxxx) begins a code point.
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  }));
}

int Words(absl::string_view text) {
  int words = 0;
  bool inside = false;
  for (size_t i = 0; i < text.size();) {
    const UChar32 c = static_cast<UChar32>(NextCodePoint(text, i));
    const bool blank = u_isUWhiteSpace(c);
    words += !blank && !inside;
    inside = !blank;
  }
  return words;
}

std::string Collapsed(absl::string_view text) {
  std::string collapsed;
  bool blank_before = false;
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    if (u_isUWhiteSpace(static_cast<UChar32>(NextCodePoint(text, i)))) {
      blank_before = true;
      continue;
    }
    if (blank_before && !collapsed.empty()) {
      collapsed += ' ';
    }
    blank_before = false;
    collapsed.append(text.data() + begin, i - begin);
  }
  return collapsed;
}

std::string Folded(absl::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const compose = icu::Normalizer2::getNFKCCasefoldInstance(error);
  const icu::Normalizer2* const decompose = icu::Normalizer2::getNFKDInstance(error);
  const auto source =
      icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
  const icu::UnicodeString letters = decompose->normalize(compose->normalize(source, error), error);
  std::string folded;
  for (int32_t i = 0; i < letters.length(); i = letters.moveIndex32(i, 1)) {
    const UChar32 c = letters.char32At(i);
    if (u_charType(c) != U_NON_SPACING_MARK) {
      icu::UnicodeString(c).toUTF8String(folded);
    }
  }
  return Collapsed(folded);
}

std::vector<std::string> FoldedWords(absl::string_view folded) {
  std::vector<std::string> words;
  int length = 0;  // of the run so far
  for (size_t i = 0; i < folded.size();) {
    const size_t begin = i;
    if (!u_isalnum(static_cast<UChar32>(NextCodePoint(folded, i)))) {
      length = 0;
      continue;
    }
    if (++length == 1) {
      words.emplace_back();
    }
    if (length <= kLongestWord) {
      words.back().append(folded.data() + begin, i - begin);
    }
  }
  return words;
}

int Lines(absl::string_view text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
}

bool IsBlank(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const UChar32 c = static_cast<UChar32>(NextCodePoint(text, i));
    if (!u_isUWhiteSpace(c) && !u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) {
      return false;
    }
  }
  return true;
}

}  // namespace scharnier::types
