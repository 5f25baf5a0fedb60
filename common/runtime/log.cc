#include "common/runtime/log.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "spdlog/pattern_formatter.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace scharnier::log {
namespace {

// The service's name. Never destroyed: threads may still log while the process ends.
std::string& Service() {
  static auto* const service = new std::string;
  return *service;
}

spdlog::logger& Logger() {
  static auto* const logger = [] {
    auto* made = new spdlog::logger("json", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    // The line is JSON before spdlog sees it: spdlog's patterns escape nothing.
    made->set_pattern("%v");
    return made;
  }();
  return *logger;
}

// The length of the well-formed UTF-8 sequence at the beginning of `text`; 0 where there is none
// (Unicode, table 3-7).
size_t SequenceLength(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) {
    return 1;
  }
  const size_t length = first < 0xC2   ? 0
                        : first < 0xE0 ? 2
                        : first < 0xF0 ? 3
                        : first < 0xF5 ? 4
                                       : 0;
  if (length == 0 || text.size() < length) {
    return 0;
  }
  const unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) {
    return 0;
  }
  for (size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) {
      return 0;
    }
  }
  return length;
}

void AppendString(std::string& line, absl::string_view text) {
  line += '"';
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    const char c = text[0];
    if (length == 0) {
      line += "\xEF\xBF\xBD";
    } else if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (c == '\n') {
      line += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      absl::StrAppend(&line, "\\u", absl::Hex(static_cast<uint8_t>(c), absl::kZeroPad4));
    } else {
      line.append(text.data(), length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  line += '"';
}

void AppendMember(std::string& line, absl::string_view key, absl::string_view value) {
  line += line.empty() ? '{' : ',';
  AppendString(line, key);
  line += ':';
  AppendString(line, value);
}

void Write(spdlog::level::level_enum level, absl::string_view name, absl::string_view message,
           std::initializer_list<Field> fields) {
  std::string line;
  AppendMember(line, "time",
               absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone()));
  AppendMember(line, "level", name);
  if (!Service().empty()) {
    AppendMember(line, "service", Service());
  }
  AppendMember(line, "message", message);
  for (const auto& [key, value] : fields) {
    AppendMember(line, key, value);
  }
  line += '}';
  Logger().log(level, line);
}

}  // namespace

void Start(absl::string_view service) { Service() = std::string(service); }

void Info(absl::string_view message, std::initializer_list<Field> fields) {
  Write(spdlog::level::info, "info", message, fields);
}

void Warning(absl::string_view message, std::initializer_list<Field> fields) {
  Write(spdlog::level::warn, "warning", message, fields);
}

void Error(absl::string_view message, std::initializer_list<Field> fields) {
  Write(spdlog::level::err, "error", message, fields);
}

}  // namespace scharnier::log
