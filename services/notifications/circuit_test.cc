#include "services/notifications/circuit.h"

#include "gmock/gmock.h"

namespace scharnier::notifications {
namespace {

constexpr absl::Duration kPause = absl::Seconds(10);
const absl::Time kNow = absl::FromUnixSeconds(1'600'000'000);

TEST(CircuitTest, OpensAtTheLimitAndForAWhile) {
  Circuit circuit(3, kPause);
  circuit.Failed(kNow);
  circuit.Failed(kNow);
  EXPECT_EQ(circuit.Remaining(kNow), absl::ZeroDuration());
  circuit.Failed(kNow);
  EXPECT_GE(circuit.Remaining(kNow), 0.5 * kPause);
  EXPECT_LE(circuit.Remaining(kNow), 1.5 * kPause);
  EXPECT_EQ(circuit.Remaining(kNow + 1.5 * kPause), absl::ZeroDuration());
}

TEST(CircuitTest, OpensAgainAtTheNextFailure) {
  Circuit circuit(2, kPause);
  circuit.Failed(kNow);
  circuit.Failed(kNow);
  const absl::Time later = kNow + 2 * kPause;
  circuit.Failed(later);
  EXPECT_GE(circuit.Remaining(later), 0.5 * kPause);
}

TEST(CircuitTest, ASuccessForgetsTheFailures) {
  Circuit circuit(2, kPause);
  circuit.Failed(kNow);
  circuit.Succeeded();
  circuit.Failed(kNow);
  EXPECT_EQ(circuit.Remaining(kNow), absl::ZeroDuration());
}

}  // namespace
}  // namespace scharnier::notifications
