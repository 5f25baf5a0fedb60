#include "common/runtime/uuid.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/runtime/random.h"

namespace scharnier::runtime {
namespace {

constexpr uint64_t kSequenceBits = 12;

// The identifier's first 60 variable bits: milliseconds, then a sequence number that begins at
// random, in its lower half, with each millisecond (RFC 9562, 6.2, method 1). A clock set back
// leaves it counting from where it was.
uint64_t NextTick(uint16_t random) {
  thread_local uint64_t last = 0;
  const auto millis = static_cast<uint64_t>(absl::ToUnixMillis(absl::Now()));
  const uint64_t fresh = (millis << kSequenceBits) | (random & 0x7FF);
  last = (last >> kSequenceBits) < millis ? fresh : last + 1;
  return last;
}

}  // namespace

std::string NewUuid() {
  std::string bytes = RandomBytes(16);
  const auto random = static_cast<uint16_t>((static_cast<unsigned char>(bytes[0]) << 8) |
                                            static_cast<unsigned char>(bytes[1]));
  const uint64_t tick = NextTick(random);
  for (int i = 0; i < 6; ++i) {
    bytes[i] = static_cast<char>(tick >> (52 - 8 * i));
  }
  bytes[6] = static_cast<char>(0x70 | ((tick >> 8) & 0x0F));
  bytes[7] = static_cast<char>(tick);
  bytes[8] = static_cast<char>(0x80 | (bytes[8] & 0x3F));
  const std::string hex = absl::BytesToHexString(bytes);
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20));
}

bool IsUuid(absl::string_view text) {
  if (text.size() != 36) {
    return false;
  }
  bool nil = true;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') {
        return false;
      }
      continue;
    }
    if (!absl::ascii_isxdigit(text[i]) || absl::ascii_isupper(text[i])) {
      return false;
    }
    nil = nil && text[i] == '0';
  }
  return !nil;
}

absl::Time TimeOfUuid(absl::string_view uuid) {
  int64_t millis = 0;
  (void)absl::SimpleHexAtoi(absl::StrCat(uuid.substr(0, 8), uuid.substr(9, 4)), &millis);
  return absl::FromUnixMillis(millis);
}

}  // namespace scharnier::runtime
