#include "common/runtime/config.h"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace scharnier::runtime {
namespace {

std::string VariableOf(const std::string& name) {
  return absl::StrCat("SCHARNIER_", absl::AsciiStrToUpper(absl::StrReplaceAll(name, {{"-", "_"}})));
}

// The variable's content; an empty one is absent.
std::optional<std::string> FromEnvironment(const std::string& name) {
  const char* value = std::getenv(VariableOf(name).c_str());
  if (value == nullptr || *value == '\0') {
    return std::nullopt;
  }
  return value;
}

// The file's content; nothing where it cannot be read.
std::optional<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  // A folder opens, and fails when read.
  file.peek();
  if (!file.is_open() || file.bad()) {
    return std::nullopt;
  }
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::string WithoutLineEnd(absl::string_view content) {
  return std::string(absl::StripSuffix(absl::StripSuffix(content, "\n"), "\r"));
}

std::optional<bool> ParseBool(const std::string& text) {
  if (text == "true" || text == "1") {
    return true;
  }
  if (text == "false" || text == "0") {
    return false;
  }
  return std::nullopt;
}

}  // namespace

ConfigReader::ConfigReader(std::string program, const std::vector<std::string>& args)
    : program_(std::move(program)) {
  for (size_t i = 0; i < args.size(); ++i) {
    if (!absl::StartsWith(args[i], "--")) {
      words_.push_back(args[i]);
      continue;
    }
    const std::string flag = args[i].substr(2);
    const size_t equals = flag.find('=');
    if (flag == "help") {
      wants_help_ = true;
    } else if (equals != std::string::npos) {
      flags_[flag.substr(0, equals)] = {flag.substr(equals + 1), false};
    } else if (i + 1 < args.size() && !absl::StartsWith(args[i + 1], "--")) {
      flags_[flag] = {args[++i], true};
    } else {
      flags_[flag] = {std::nullopt, false};
    }
  }
}

std::optional<std::string> ConfigReader::Find(const std::string& name) {
  known_.insert(name);
  const auto flag = flags_.find(name);
  if (flag == flags_.end()) {
    return FromEnvironment(name);
  }
  if (!flag->second.value.has_value()) {
    Problem(absl::StrCat("--", name, " needs a value"));
  }
  return flag->second.value;
}

std::string ConfigReader::Require(const std::string& name) {
  const size_t problems = problems_.size();
  const std::string value = Find(name).value_or("");
  if (value.empty() && problems_.size() == problems) {
    Problem(absl::StrCat("--", name, " has to be given"));
  }
  return value;
}

void ConfigReader::Describe(const std::string& flag, const std::string& help,
                            const std::string& fallback) {
  help_.push_back(
      absl::StrCat("  --", flag, "\n      ", help, fallback.empty() ? "" : "; default ", fallback));
}

std::string ConfigReader::String(const std::string& name, const std::string& help,
                                 const std::string& fallback) {
  Describe(absl::StrCat(name, "=TEXT"), help, fallback);
  return Find(name).value_or(fallback);
}

std::string ConfigReader::Required(const std::string& name, const std::string& help) {
  Describe(absl::StrCat(name, "=TEXT"), absl::StrCat(help, "; required"), "");
  return Require(name);
}

int64_t ConfigReader::Int(const std::string& name, const IntOptions& options) {
  Describe(absl::StrCat(name, "=NUMBER"), options.help, absl::StrCat(options.fallback));
  const std::optional<std::string> text = Find(name);
  if (!text.has_value()) {
    return options.fallback;
  }
  int64_t number = 0;
  if (!absl::SimpleAtoi(*text, &number) || number < options.min || number > options.max) {
    Problem(absl::StrCat("--", name, " has to be a whole number from ", options.min, " to ",
                         options.max, ", not \"", *text, "\""));
    return options.fallback;
  }
  return number;
}

bool ConfigReader::Bool(const std::string& name, const std::string& help) {
  Describe(name, help, "");
  known_.insert(name);
  const auto flag = flags_.find(name);
  std::optional<std::string> text =
      flag == flags_.end() ? FromEnvironment(name) : flag->second.value.value_or("true");
  if (flag != flags_.end() && flag->second.apart && !ParseBool(*text).has_value()) {
    words_.push_back(*text);
    text = "true";
  }
  const std::optional<bool> value = ParseBool(text.value_or("false"));
  if (!value.has_value()) {
    Problem(absl::StrCat("--", name, " has to be true or false, not \"", *text, "\""));
  }
  return value.value_or(false);
}

absl::Duration ConfigReader::Duration(const std::string& name, const std::string& help,
                                      absl::Duration fallback) {
  Describe(absl::StrCat(name, "=DURATION"), help, absl::FormatDuration(fallback));
  const std::optional<std::string> text = Find(name);
  if (!text.has_value()) {
    return fallback;
  }
  absl::Duration duration;
  if (!absl::ParseDuration(*text, &duration) || duration < absl::ZeroDuration() ||
      duration == absl::InfiniteDuration()) {
    Problem(absl::StrCat("--", name, " has to be a duration such as 250ms, 20s or 15m, not \"",
                         *text, "\""));
    return fallback;
  }
  return duration;
}

std::string ConfigReader::Secret(const std::string& name, const std::string& help, bool required) {
  const std::string flag = absl::StrCat(name, "-file");
  Describe(absl::StrCat(flag, "=PATH"),
           absl::StrCat("file with the ", help, required ? "; required" : ""), "");
  const std::string path = required ? Require(flag) : Find(flag).value_or("");
  if (path.empty()) {
    return "";
  }
  const std::optional<std::string> content = ReadFile(path);
  if (!content.has_value()) {
    Problem(absl::StrCat("--", flag, ": ", path, " cannot be read: ", std::strerror(errno)));
    return "";
  }
  std::string secret = WithoutLineEnd(*content);
  if (secret.empty() && required) {
    Problem(absl::StrCat("--", flag, ": ", path, " is empty"));
  }
  return secret;
}

SecretSource ConfigReader::LiveSecret(const std::string& name, const std::string& help) {
  return [path = Find(absl::StrCat(name, "-file")).value_or(""), first = Secret(name, help)] {
    const std::optional<std::string> content = path.empty() ? std::nullopt : ReadFile(path);
    return content.has_value() ? WithoutLineEnd(*content) : first;
  };
}

std::string ConfigReader::Help() const {
  return absl::StrCat("Usage: ", program_, " [WORD] [--FLAG=VALUE]...\n\n",
                      "Each flag can be given in the environment too: --some-name as ",
                      VariableOf("some-name"), ".\n\n", absl::StrJoin(help_, "\n"), "\n");
}

void ConfigReader::Problem(const std::string& text) { problems_.push_back(text); }

absl::Status ConfigReader::Finish() {
  for (size_t i = 1; i < words_.size(); ++i) {
    Problem(absl::StrCat("`", words_[i], "` is one word too many: see --help"));
  }
  for (const auto& [name, flag] : flags_) {
    if (!known_.contains(name)) {
      Problem(absl::StrCat("--", name, " is no flag of ", program_, ": see --help"));
    }
  }
  return problems_.empty() ? absl::OkStatus()
                           : absl::InvalidArgumentError(absl::StrJoin(problems_, "\n"));
}

}  // namespace scharnier::runtime
