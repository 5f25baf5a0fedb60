#include "common/runtime/clock.h"

#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/runtime/log.h"
#include "common/runtime/watched_file.h"

namespace scharnier::runtime {
namespace {

absl::Time ToMicroseconds(absl::Time time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

class RealClock final : public Clock {
 public:
  absl::Time Now() const override { return ToMicroseconds(absl::Now()); }
  bool simulated() const override { return false; }
};

// The instant that a file's text says; nullopt where it says none.
std::optional<absl::Time> ReadInstant(const std::string& text) {
  absl::Time instant;
  std::string problem;
  const bool parsed =
      absl::ParseTime(absl::RFC3339_full, absl::StripAsciiWhitespace(text), &instant, &problem);
  // Abseil reads "infinite-future" too.
  if (!parsed || instant == absl::InfiniteFuture() || instant == absl::InfinitePast()) {
    return std::nullopt;
  }
  return ToMicroseconds(instant);
}

class FileClock final : public Clock {
 public:
  FileClock(WatchedFile file, absl::Time start) : file_(std::move(file)), now_(start) {}

  absl::Time Now() const override {
    absl::MutexLock lock(&mutex_);
    if (const auto text = file_.ReadIfNew(); text.has_value()) {
      if (const auto instant = ReadInstant(*text); instant.has_value()) {
        now_ = *instant;
      } else {
        log::Warning("the clock file holds no instant: the clock stands still",
                     {{"path", file_.path()}});
      }
    }
    return now_;
  }
  bool simulated() const override { return true; }

 private:
  mutable absl::Mutex mutex_;
  mutable WatchedFile file_ ABSL_GUARDED_BY(mutex_);
  mutable absl::Time now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::unique_ptr<Clock>> MakeClock(const std::string& path) {
  if (path.empty()) {
    return std::make_unique<RealClock>();
  }
  WatchedFile file(path);
  const auto start = ReadInstant(file.ReadIfNew().value_or(""));
  if (!start.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " cannot be read or holds no instant such as 2020-10-25T09:00:00Z"));
  }
  return std::make_unique<FileClock>(std::move(file), *start);
}

ManualClock::ManualClock(absl::Time start) : now_(absl::ToUnixMicros(start)) {}

absl::Time ManualClock::Now() const { return absl::FromUnixMicros(now_.load()); }

void ManualClock::Set(absl::Time now) { now_.store(absl::ToUnixMicros(now)); }

}  // namespace scharnier::runtime
