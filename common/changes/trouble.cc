#include "common/changes/trouble.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/runtime/log.h"

namespace scharnier::changes {

std::string CodeAndReason(const absl::Status& status) {
  const std::string reason = errors::Info(status).reason();
  const std::string code = absl::StatusCodeToString(status.code());
  return reason.empty() ? code : absl::StrCat(code, " ", reason);
}

Trouble::Trouble(std::string what, absl::Duration first_delay, absl::Duration longest_delay)
    : what_(std::move(what)), first_delay_(first_delay), longest_delay_(longest_delay) {}

absl::Duration Trouble::Report(const absl::Status& status) {
  if (status.ok()) {
    if (!known_.empty()) {
      log::Info(absl::StrCat(what_, " works again"));
      known_.clear();
    }
    delay_ = absl::ZeroDuration();
    return delay_;
  }
  const std::string trouble = CodeAndReason(status);
  if (trouble != known_) {
    log::Error(absl::StrCat(what_, " fails"), {{"status", trouble}});
    known_ = trouble;
  }
  delay_ = std::min(std::max(delay_ * 2, first_delay_), longest_delay_);
  return delay_;
}

}  // namespace scharnier::changes
