#include "common/rpc/text.h"

#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/str_replace.h"
#include "common/types/text.h"

namespace scharnier::rpc {
namespace {

constexpr char32_t kZeroWidthNonJoiner = 0x200C;
constexpr char32_t kZeroWidthJoiner = 0x200D;

struct Range {
  char32_t first;
  char32_t last;
};

constexpr Range kRefused[] = {
    {0x0000, 0x001F},    // C0, with NUL, TAB and CR
    {0x007F, 0x009F},    // DEL and C1, with NEL
    {0x061C, 0x061C},    // Arabic letter mark
    {0x180E, 0x180E},    // Mongolian vowel separator
    {0x200B, 0x200B},    // zero width space
    {0x200E, 0x200F},    // direction marks
    {0x2028, 0x202E},    // line and paragraph separator, bidirectional embeddings and overrides
    {0x2060, 0x206F},    // word joiner, invisible operators, bidirectional isolates
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFF9, 0xFFFB},    // interlinear annotation
    {0xE0000, 0xE007F},  // tags
};

bool IsRefused(char32_t c) {
  return std::any_of(std::begin(kRefused), std::end(kRefused),
                     [c](Range range) { return c >= range.first && c <= range.last; });
}

// Letters, and the marks upon them that Indic scripts join by.
bool IsLetterOrMark(char32_t c) {
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & (U_GC_L_MASK | U_GC_M_MASK)) != 0;
}

// Whether all bytes are printable ASCII (and LF in text of many lines), which is composed already.
bool IsPlain(LineRule lines, const std::string& text) {
  return std::all_of(text.begin(), text.end(), [lines](char c) {
    return (c >= ' ' && c <= '~') || (c == '\n' && lines == LineRule::kManyLines);
  });
}

void Compose(std::string& text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  if (nfc->isNormalizedUTF8(text, error)) {
    return;
  }
  std::string composed;
  icu::StringByteSink<std::string> sink(&composed, static_cast<int32_t>(text.size()));
  nfc->normalizeUTF8(0, text, sink, nullptr, error);
  text = std::move(composed);
}

}  // namespace

absl::string_view NormaliseText(LineRule lines, std::string& text) {
  if (IsPlain(lines, text)) {
    return "";
  }
  if (lines == LineRule::kManyLines) {
    absl::StrReplaceAll({{"\r\n", "\n"}}, &text);
  }
  Compose(text);

  char32_t before = 0;
  for (size_t i = 0; i < text.size();) {
    const char32_t c = types::NextCodePoint(text, i);
    if (c == kZeroWidthJoiner || c == kZeroWidthNonJoiner) {
      size_t next = i;
      const char32_t after = next < text.size() ? types::NextCodePoint(text, next) : 0;
      if (!IsLetterOrMark(before) || !IsLetterOrMark(after)) {
        return "an invisible joiner stands between letters alone";
      }
    } else if (IsRefused(c) && (c != '\n' || lines == LineRule::kOneLine)) {
      return lines == LineRule::kManyLines ? "no tabs, control characters or invisible characters"
                                           : "one line, without control or invisible characters";
    }
    before = c;
  }
  return "";
}

}  // namespace scharnier::rpc
