// File: log.h
// Log lines as JSON objects on standard error: time, level, message, then fields. No personal data,
// no tokens, no SQL parameters: names of resources, methods, reasons and keys only.
//
//   log::Info("ready", {{"port", absl::StrCat(port)}});

#ifndef SCHARNIER_COMMON_RUNTIME_LOG_H_
#define SCHARNIER_COMMON_RUNTIME_LOG_H_

#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace scharnier::log {

using Field = std::pair<absl::string_view, std::string>;

// Names the service in every line that follows. Call it once, before other threads.
void Start(absl::string_view service);

void Info(absl::string_view message, std::initializer_list<Field> fields = {});
void Warning(absl::string_view message, std::initializer_list<Field> fields = {});
void Error(absl::string_view message, std::initializer_list<Field> fields = {});

}  // namespace scharnier::log

#endif  // SCHARNIER_COMMON_RUNTIME_LOG_H_
