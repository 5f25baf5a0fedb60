// File: text.h
// What people count in a text. All take valid UTF-8, which is all that protobuf lets in.

#ifndef SCHARNIER_COMMON_TYPES_TEXT_H_
#define SCHARNIER_COMMON_TYPES_TEXT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace scharnier::types {

// The code point that begins at byte `position`, which moves on to the next one.
char32_t NextCodePoint(absl::string_view text, size_t& position);

// How many Unicode code points it has.
int CodePoints(absl::string_view text);
// How many words: runs of anything but white space.
int Words(absl::string_view text);
// How many lines: one more than it has LFs.
int Lines(absl::string_view text);
// With one blank for each run of white space, and none at either end.
std::string Collapsed(absl::string_view text);
// How names are compared and looked for: in small letters, without accents, words separated by one
// blank. "Huize  Café 't Groenhof" is "huize cafe 't groenhof".
std::string Folded(absl::string_view text);
// The words of a folded text: its runs of letters and digits, the first hundred of each, so that an
// index can hold them.
std::vector<std::string> FoldedWords(absl::string_view folded);
// Whether a reader sees nothing: white space and invisible characters alone, or nothing at all.
bool IsBlank(absl::string_view text);

}  // namespace scharnier::types

#endif  // SCHARNIER_COMMON_TYPES_TEXT_H_
