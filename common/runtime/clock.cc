#include "common/runtime/clock.h"

#include <sys/stat.h>

#include <fstream>
#include <optional>
#include <sstream>
#include <tuple>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/runtime/log.h"

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

// The instant in the file; nullopt where there is none.
std::optional<absl::Time> ReadInstant(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  absl::Time instant;
  std::string problem;
  const bool parsed = absl::ParseTime(absl::RFC3339_full, absl::StripAsciiWhitespace(text.str()),
                                      &instant, &problem);
  // Abseil reads "infinite-future" too.
  if (!parsed || instant == absl::InfiniteFuture() || instant == absl::InfinitePast()) {
    return std::nullopt;
  }
  return ToMicroseconds(instant);
}

class FileClock final : public Clock {
 public:
  FileClock(std::string path, absl::Time start) : path_(std::move(path)), now_(start) {}

  absl::Time Now() const override {
    struct stat found{};
    absl::MutexLock lock(&mutex_);
    if (stat(path_.c_str(), &found) != 0) {
      return now_;
    }
    const Version version{found.st_ino, found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_size};
    if (version != version_) {
      version_ = version;
      if (const auto instant = ReadInstant(path_); instant.has_value()) {
        now_ = *instant;
      } else {
        log::Warning("the clock file holds no instant: the clock stands still", {{"path", path_}});
      }
    }
    return now_;
  }
  bool simulated() const override { return true; }

 private:
  // What tells one file under this path from the next.
  using Version = std::tuple<ino_t, time_t, long, off_t>;

  const std::string path_;
  mutable absl::Mutex mutex_;
  mutable Version version_ ABSL_GUARDED_BY(mutex_){};
  mutable absl::Time now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::unique_ptr<Clock>> MakeClock(const std::string& path) {
  if (path.empty()) {
    return std::make_unique<RealClock>();
  }
  const auto start = ReadInstant(path);
  if (!start.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " cannot be read or holds no instant such as 2020-10-25T09:00:00Z"));
  }
  return std::make_unique<FileClock>(path, *start);
}

ManualClock::ManualClock(absl::Time start) : now_(absl::ToUnixMicros(start)) {}

absl::Time ManualClock::Now() const { return absl::FromUnixMicros(now_.load()); }

void ManualClock::Set(absl::Time now) { now_.store(absl::ToUnixMicros(now)); }

}  // namespace scharnier::runtime
