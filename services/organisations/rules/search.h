// File: search.h
// How well names fit what somebody has typed.

#ifndef SCHARNIER_SERVICES_ORGANISATIONS_RULES_SEARCH_H_
#define SCHARNIER_SERVICES_ORGANISATIONS_RULES_SEARCH_H_

#include "absl/strings/string_view.h"

namespace scharnier::organisations::rules {

// How many slips lie between what was typed and a text: for each word typed, the fewest letters
// left out, added, replaced or swapped with their neighbour that make it a word of the text. Both
// are folded (types::Folded), so that a byte is nearly always a letter.
int Slips(absl::string_view typed, absl::string_view text);

}  // namespace scharnier::organisations::rules

#endif  // SCHARNIER_SERVICES_ORGANISATIONS_RULES_SEARCH_H_
