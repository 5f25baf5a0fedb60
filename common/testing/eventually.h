// File: eventually.h
// Waiting for what another thread or process is about to do.
//
//   EXPECT_TRUE(Eventually([&] { return server.Health() == "SERVING"; }));

#ifndef SCHARNIER_COMMON_TESTING_EVENTUALLY_H_
#define SCHARNIER_COMMON_TESTING_EVENTUALLY_H_

#include "absl/functional/function_ref.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace scharnier::testing {

// Whether the condition became true; it is given far longer than it can need.
inline bool Eventually(absl::FunctionRef<bool()> condition) {
  const absl::Time limit = absl::Now() + absl::Seconds(30);
  while (!condition()) {
    if (absl::Now() > limit) {
      return false;
    }
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

}  // namespace scharnier::testing

#endif  // SCHARNIER_COMMON_TESTING_EVENTUALLY_H_
