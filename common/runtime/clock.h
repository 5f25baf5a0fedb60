// File: clock.h
// The one injectable clock. Everything that falls due by civil time goes by it; leases, back-off,
// tokens and certificates go by real clocks.
//
//   auto clock = runtime::MakeClock(config.clock_file);   // empty: the real one
//   if (clock->Now() < closes_before) …

#ifndef SCHARNIER_COMMON_RUNTIME_CLOCK_H_
#define SCHARNIER_COMMON_RUNTIME_CLOCK_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace scharnier::runtime {

// Tells the time, to the microsecond: more a database does not keep, and an instant must not change
// by being stored. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
  // Whether the time is set instead of real: then mail goes to a loopback relay alone.
  virtual bool simulated() const = 0;
};

// The real clock, or one that stands at the instant (RFC 3339) that the file `path` holds and moves
// when somebody replaces the file (by rename). Errors: INVALID_ARGUMENT when the file cannot be
// read or holds no instant. A file that becomes unreadable later leaves the clock where it stood.
absl::StatusOr<std::unique_ptr<Clock>> MakeClock(const std::string& path);

// Stands where it is set. For tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(absl::Time start);
  absl::Time Now() const override;
  bool simulated() const override { return true; }
  void Set(absl::Time now);

 private:
  // Microseconds since the epoch.
  std::atomic<int64_t> now_;
};

}  // namespace scharnier::runtime

#endif  // SCHARNIER_COMMON_RUNTIME_CLOCK_H_
