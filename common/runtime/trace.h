// File: trace.h
// W3C Trace Context, level 1: a call's place in a trace that crosses services.

#ifndef SCHARNIER_COMMON_RUNTIME_TRACE_H_
#define SCHARNIER_COMMON_RUNTIME_TRACE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace scharnier::runtime {

// One span of a trace.
struct TraceContext {
  std::string trace_id;  // 32 hex digits
  std::string span_id;   // 16 hex digits
  bool sampled = true;

  // "00-<trace_id>-<span_id>-01", the header's value; empty without a trace.
  std::string ToHeader() const;
};

// A new span in the trace of the header `traceparent`; a malformed or absent header begins a new
// trace, as the recommendation asks.
TraceContext StartSpan(absl::string_view traceparent);

}  // namespace scharnier::runtime

#endif  // SCHARNIER_COMMON_RUNTIME_TRACE_H_
