// File: key_source_test.h
// An issuer's answers for tests of those who fetch its keys: counted, changed and held back.

#ifndef SCHARNIER_COMMON_IDENTITY_KEY_SOURCE_TEST_H_
#define SCHARNIER_COMMON_IDENTITY_KEY_SOURCE_TEST_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/identity/key_source.h"
#include "common/runtime/clock.h"
#include "common/testing/eventually.h"

namespace scharnier::identity {

// Thread-safe. Time stands where the test sets it.
class FakeEndpoint {
 public:
  explicit FakeEndpoint(std::optional<std::string> answer) : answer_(std::move(answer)) {}

  KeySource::Options options() {
    return {.fetch = [this] { return Fetch(); }, .now = [this] { return clock_.Now(); }};
  }
  // nullopt: the issuer cannot be reached.
  void Answer(std::optional<std::string> answer) {
    const absl::MutexLock lock(&mutex_);
    answer_ = std::move(answer);
  }
  // A fetch that has begun gets the answer of that instant, but not before Release().
  void Hold() {
    const absl::MutexLock lock(&mutex_);
    released_ = false;
  }
  void Release() {
    const absl::MutexLock lock(&mutex_);
    released_ = true;
  }
  // Fetches that have begun.
  int fetches() const {
    const absl::MutexLock lock(&mutex_);
    return fetches_;
  }
  bool AwaitFetches(int count) const {
    return testing::Eventually([&] { return fetches() >= count; });
  }

  absl::Time now() const { return clock_.Now(); }
  // Lets time pass, which the source notices when it is used.
  void Pass(KeySource& source, absl::Duration time) {
    clock_.Set(clock_.Now() + time);
    source.Keys().IgnoreError();
  }

 private:
  absl::StatusOr<std::string> Fetch() {
    const absl::MutexLock lock(&mutex_);
    ++fetches_;
    std::optional<std::string> answer = answer_;
    mutex_.Await(absl::Condition(&released_));
    if (!answer.has_value()) {
      return absl::UnavailableError("refused");
    }
    return *std::move(answer);
  }

  runtime::ManualClock clock_{absl::FromUnixSeconds(1'650'000'000)};
  mutable absl::Mutex mutex_;
  std::optional<std::string> answer_ ABSL_GUARDED_BY(mutex_);
  bool released_ ABSL_GUARDED_BY(mutex_) = true;
  int fetches_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace scharnier::identity

#endif  // SCHARNIER_COMMON_IDENTITY_KEY_SOURCE_TEST_H_
