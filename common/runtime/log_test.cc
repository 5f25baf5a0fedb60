#include "common/runtime/log.h"

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace scharnier::log {
namespace {

using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

// A line read by a JSON parser that is not ours; fails where it is no object of strings.
std::map<std::string, std::string> Parse(const std::string& line) {
  google::protobuf::Struct object;
  const auto status = google::protobuf::util::JsonStringToMessage(line, &object);
  EXPECT_TRUE(status.ok()) << status.ToString() << " in " << line;
  std::map<std::string, std::string> members;
  for (const auto& [key, value] : object.fields()) {
    EXPECT_TRUE(value.has_string_value()) << key;
    members[key] = value.string_value();
  }
  return members;
}

// The value as it stands in the line of a field with it.
std::string Logged(const std::string& value) {
  CaptureStderr();
  Info("message", {{"value", value}});
  return Parse(GetCapturedStderr())["value"];
}

TEST(Log, WritesAnObjectALine) {
  Start("events");
  CaptureStderr();
  Warning("the queue is full", {{"method", "Register"}, {"trace_id", "4bf92f35"}});
  const std::string text = GetCapturedStderr();
  Start("");

  EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
  auto line = Parse(text);
  absl::Time time;
  std::string problem;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, line["time"], &time, &problem)) << problem;
  line.erase("time");
  EXPECT_EQ(line, (std::map<std::string, std::string>{{"level", "warning"},
                                                      {"service", "events"},
                                                      {"message", "the queue is full"},
                                                      {"method", "Register"},
                                                      {"trace_id", "4bf92f35"}}));
}

TEST(Log, HasThreeLevels) {
  CaptureStderr();
  Info("one");
  Warning("two");
  Error("three");
  std::vector<std::string> levels;
  for (const auto line : absl::StrSplit(GetCapturedStderr(), '\n', absl::SkipEmpty())) {
    levels.push_back(Parse(std::string(line))["level"]);
  }
  EXPECT_THAT(levels, ::testing::ElementsAre("info", "warning", "error"));
}

TEST(Log, EscapesWhateverItIsGiven) {
  for (const std::string& value : {
           std::string("plain"),
           std::string("a \"quote\", a \\ and a /"),
           std::string("two\nlines\r\nand a\ttab"),
           std::string("{} {0} %v %n"),
           std::string("é ß 漢 😀 \u2028"),
           std::string("\0nul\x01\x1f\x7f", 7),
       }) {
    EXPECT_EQ(Logged(value), value);
  }
}

TEST(Log, ReplacesWhatIsNoUtf8) {
  const struct {
    std::string value, logged;
  } cases[] = {
      {"a\xff z", "a\uFFFD z"},
      {"cut \xe6\xbc", "cut \uFFFD\uFFFD"},
      {"\xc3", "\uFFFD"},
      {"overlong \xc0\xaf", "overlong \uFFFD\uFFFD"},
      {"surrogate \xed\xa0\x80", "surrogate \uFFFD\uFFFD\uFFFD"},
      {"too high \xf4\x90\x80\x80", "too high \uFFFD\uFFFD\uFFFD\uFFFD"},
      {"overlong \xe0\x80\xaf", "overlong \uFFFD\uFFFD\uFFFD"},
      {"broken \xe6\xbc\"", "broken \uFFFD\uFFFD\""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Logged(c.value), c.logged);
  }
}

TEST(Log, KeepsLinesOfManyThreadsApart) {
  CaptureStderr();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int n = 0; n < 100; ++n) {
        Info("a line", {{"n", absl::StrCat(n)}});
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  int lines = 0;
  for (const auto line : absl::StrSplit(GetCapturedStderr(), '\n', absl::SkipEmpty())) {
    EXPECT_EQ(Parse(std::string(line))["message"], "a line");
    ++lines;
  }
  EXPECT_EQ(lines, 400);
}

}  // namespace
}  // namespace scharnier::log
