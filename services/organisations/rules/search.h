// File: search.h
// How well names fit what somebody has typed.

#ifndef SCHARNIER_SERVICES_ORGANISATIONS_RULES_SEARCH_H_
#define SCHARNIER_SERVICES_ORGANISATIONS_RULES_SEARCH_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace scharnier::organisations::rules {

// How many slips lie between what was typed and a text: for each word typed, the fewest letters
// left out, added, replaced or swapped with their neighbour that make it a word of the text; a part
// of a word is no slip. Both are words of types::FoldedWords with blanks between, so that a byte is
// nearly always a letter.
int Slips(absl::string_view typed, absl::string_view text);

// How many slips are forgiven: one for every three letters typed.
int Forgiven(absl::string_view typed);

// Which words may be meant by one that was typed: those with the fewest slips that are forgiven,
// in their order, the first five.
std::vector<std::string> Nearest(absl::string_view typed, const std::vector<std::string>& words);

}  // namespace scharnier::organisations::rules

#endif  // SCHARNIER_SERVICES_ORGANISATIONS_RULES_SEARCH_H_
