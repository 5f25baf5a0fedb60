// File: config.h
// Settings from flags, the environment and secret files, with all problems reported at once.
//
//   runtime::ConfigReader reader("events", {argv + 1, argv + argc});
//   config.port = reader.Int("port", {.help = "port of the API", .fallback = 50051, .min = 0, .max
//   = 65535}); config.password = reader.Secret("database-password", "password of the service's
//   role"); RETURN_IF_ERROR(reader.Finish());   // every unknown flag, bad value and unreadable
//   file in one message
//
// `--port=1`, `--port 1` and SCHARNIER_PORT=1 say the same; a flag wins, and of two flags the last;
// an empty variable is absent. A secret is never a value: the flag is `--database-password-file`,
// and the file's last line break is dropped. `--help` lists all with their defaults.

#ifndef SCHARNIER_COMMON_RUNTIME_CONFIG_H_
#define SCHARNIER_COMMON_RUNTIME_CONFIG_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/runtime/secret.h"

namespace scharnier::runtime {

// Reads each setting once, then reports all problems together. Not thread-safe.
class ConfigReader {
 public:
  ConfigReader(std::string program, const std::vector<std::string>& args);

  struct IntOptions {
    std::string help;
    int64_t fallback = 0;
    int64_t min = INT64_MIN;
    int64_t max = INT64_MAX;
  };

  std::string String(const std::string& name, const std::string& help, const std::string& fallback);
  // A string that has to be given.
  std::string Required(const std::string& name, const std::string& help);
  int64_t Int(const std::string& name, const IntOptions& options);
  // False unless given: `--name`, or true or false (1 or 0) as a value.
  bool Bool(const std::string& name, const std::string& help);
  // "250ms", "20s", "15m"; not negative.
  absl::Duration Duration(const std::string& name, const std::string& help,
                          absl::Duration fallback);
  // The content of the file that `--<name>-file` names; empty where the flag is absent and
  // `required` is not set.
  std::string Secret(const std::string& name, const std::string& help, bool required = false);
  // The same for a secret that may be changed meanwhile: what the file holds whenever it is asked,
  // and what it held at first where it cannot be read any more. Thread-safe.
  SecretSource LiveSecret(const std::string& name, const std::string& help);

  // Whether `--help` was given: print Help() and end.
  bool wants_help() const { return wants_help_; }
  std::string Help() const;
  // Arguments that are no flags, such as `migrate`. A word right after a switch without a value is
  // known as one only when Bool() has read the switch.
  const std::vector<std::string>& words() const { return words_; }
  // Reports a problem found by the caller, such as two settings that exclude each other.
  void Problem(const std::string& text);
  // INVALID_ARGUMENT with every problem on a line of its own, or OK. Call it once everything was
  // read.
  absl::Status Finish();

 private:
  struct Flag {
    std::optional<std::string> value;
    // Whether the value is the next argument, which is a word after all where the flag is a switch.
    bool apart = false;
  };
  // What the flag or else the environment says.
  std::optional<std::string> Find(const std::string& name);
  std::string Require(const std::string& name);
  void Describe(const std::string& flag, const std::string& help, const std::string& fallback);

  std::string program_;
  std::map<std::string, Flag> flags_;
  std::set<std::string> known_;
  std::vector<std::string> words_, problems_, help_;
  bool wants_help_ = false;
};

}  // namespace scharnier::runtime

#endif  // SCHARNIER_COMMON_RUNTIME_CONFIG_H_
