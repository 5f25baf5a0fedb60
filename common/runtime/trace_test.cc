#include "common/runtime/trace.h"

#include <string>

#include "gmock/gmock.h"

namespace scharnier::runtime {
namespace {

using ::testing::MatchesRegex;

constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kParentId[] = "00f067aa0ba902b7";

TEST(StartSpan, GoesOnWithTheCallersTrace) {
  const TraceContext span = StartSpan("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  EXPECT_EQ(span.trace_id, kTraceId);
  EXPECT_THAT(span.span_id, MatchesRegex("[0-9a-f]{16}"));
  EXPECT_NE(span.span_id, kParentId);
  EXPECT_TRUE(span.sampled);
}

TEST(StartSpan, KeepsTheSampledFlagAlone) {
  EXPECT_FALSE(StartSpan("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").sampled);
  EXPECT_FALSE(StartSpan("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02").sampled);
  EXPECT_TRUE(StartSpan("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff").sampled);
}

TEST(StartSpan, ReadsLaterVersionsAsFarAsItKnowsThem) {
  for (const char* header : {"01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                             "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what"}) {
    EXPECT_EQ(StartSpan(header).trace_id, kTraceId) << header;
  }
}

TEST(StartSpan, BeginsANewTraceWhereTheHeaderIsNone) {
  for (const char* header : {
           "",
           "nonsense",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
           "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e473x-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902bx-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
           "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
       }) {
    const TraceContext span = StartSpan(header);
    EXPECT_THAT(span.trace_id, MatchesRegex("[0-9a-f]{32}")) << header;
    EXPECT_NE(span.trace_id, kTraceId) << header;
    EXPECT_THAT(span.span_id, MatchesRegex("[0-9a-f]{16}")) << header;
    EXPECT_TRUE(span.sampled) << header;
  }
}

TEST(ToHeader, IsReadBack) {
  TraceContext span{kTraceId, kParentId, true};
  EXPECT_EQ(span.ToHeader(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  EXPECT_EQ(StartSpan(span.ToHeader()).trace_id, kTraceId);
  span.sampled = false;
  EXPECT_EQ(span.ToHeader(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
  EXPECT_EQ(TraceContext{}.ToHeader(), "");
}

}  // namespace
}  // namespace scharnier::runtime
