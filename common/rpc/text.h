// File: text.h
// The form in which text comes in: composed (NFC), without characters that nobody sees or that
// deceive.

#ifndef SCHARNIER_COMMON_RPC_TEXT_H_
#define SCHARNIER_COMMON_RPC_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace scharnier::rpc {

enum class LineRule { kOneLine, kManyLines };

// Brings valid UTF-8 to NFC and, in text of many lines, CRLF to LF. Says what must not stand in it;
// empty is well. Not allowed are control characters (LF within many lines is), other separators of
// lines, bidirectional controls, and characters without width but for joiners (ZWJ, ZWNJ) between
// letters.
absl::string_view NormaliseText(LineRule lines, std::string& text);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_TEXT_H_
