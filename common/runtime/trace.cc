#include "common/runtime/trace.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/runtime/random.h"

namespace scharnier::runtime {
namespace {

// "00-" 32 "-" 16 "-" 2; a version above 00 may go on after another hyphen.
constexpr size_t kHeaderSize = 55;

bool IsLowerHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isxdigit(c) && !absl::ascii_isupper(c); });
}

bool IsZero(absl::string_view text) {
  return text.find_first_not_of('0') == absl::string_view::npos;
}

std::optional<TraceContext> Parse(absl::string_view header) {
  if (header.size() < kHeaderSize || header[2] != '-' || header[35] != '-' || header[52] != '-') {
    return std::nullopt;
  }
  const absl::string_view version = header.substr(0, 2);
  const absl::string_view trace_id = header.substr(3, 32);
  const absl::string_view parent_id = header.substr(36, 16);
  const absl::string_view flags = header.substr(53, 2);
  const bool hex =
      IsLowerHex(version) && IsLowerHex(trace_id) && IsLowerHex(parent_id) && IsLowerHex(flags);
  if (!hex || version == "ff" || IsZero(trace_id) || IsZero(parent_id)) {
    return std::nullopt;
  }
  if (header.size() > kHeaderSize && (version == "00" || header[kHeaderSize] != '-')) {
    return std::nullopt;
  }
  const bool sampled = (absl::HexStringToBytes(flags)[0] & 1) != 0;
  return TraceContext{std::string(trace_id), std::string(parent_id), sampled};
}

}  // namespace

std::string TraceContext::ToHeader() const {
  if (trace_id.empty()) {
    return "";
  }
  return absl::StrCat("00-", trace_id, "-", span_id, sampled ? "-01" : "-00");
}

TraceContext StartSpan(absl::string_view traceparent) {
  const std::optional<TraceContext> parent = Parse(traceparent);
  TraceContext span = parent.value_or(TraceContext{});
  if (!parent.has_value()) {
    span.trace_id = absl::BytesToHexString(RandomBytes(16));
  }
  span.span_id = absl::BytesToHexString(RandomBytes(8));
  return span;
}

}  // namespace scharnier::runtime
