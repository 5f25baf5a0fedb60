#include "common/db/listener.h"

#include <thread>

#include "common/testing/matchers.h"
#include "common/testing/postgres.h"
#include "gmock/gmock.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::db {
namespace {

using ::scharnier::testing::HasReason;
using ::scharnier::testing::IsOk;

// A test that waits this long has failed.
constexpr absl::Duration kLong = absl::Minutes(5);

class ListenerTest : public ::testing::Test {
 protected:
  // Waits; says whether something else than the timeout ended it.
  bool Woken() {
    const absl::Time start = absl::Now();
    EXPECT_THAT(listener_.Wait(kLong), IsOk());
    return absl::Now() - start < kLong;
  }

  testing::TestDatabase postgres_{"events", {}};
  Listener listener_{postgres_.options(), "a channel"};
};

TEST_F(ListenerTest, ReturnsWhenItsChannelIsNotified) {
  ASSERT_THAT(listener_.Wait(absl::ZeroDuration()), IsOk());
  // One that comes before the next Wait is not lost.
  postgres_.Sql("SELECT pg_notify('a channel', '')");
  EXPECT_TRUE(Woken());
  std::thread notifier([&] { postgres_.Sql("SELECT pg_notify('a channel', '')"); });
  EXPECT_TRUE(Woken());
  notifier.join();
}

TEST_F(ListenerTest, ReturnsWhenTheTimeIsOver) {
  ASSERT_THAT(listener_.Wait(absl::ZeroDuration()), IsOk());
  postgres_.Sql("SELECT pg_notify('another channel', '')");
  const absl::Time start = absl::Now();
  EXPECT_THAT(listener_.Wait(absl::Milliseconds(20)), IsOk());
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(20));
}

TEST_F(ListenerTest, ReturnsWhenItIsWoken) {
  listener_.Wake();
  EXPECT_TRUE(Woken());
  std::thread waker([&] { listener_.Wake(); });
  EXPECT_TRUE(Woken());
  waker.join();
}

TEST_F(ListenerTest, ConnectsAgainAfterItsConnectionWasEnded) {
  ASSERT_THAT(listener_.Wait(absl::ZeroDuration()), IsOk());
  postgres_.Sql(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
      "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  absl::Status status;
  for (int i = 0; i < 1000 && status.ok(); ++i) {
    status = listener_.Wait(absl::Milliseconds(10));
  }
  EXPECT_THAT(status, HasReason(types::v1::ERROR_REASON_DEPENDENCY_AWAY));
  ASSERT_THAT(listener_.Wait(absl::ZeroDuration()), IsOk());
  postgres_.Sql("SELECT pg_notify('a channel', '')");
  EXPECT_TRUE(Woken());
}

TEST_F(ListenerTest, IsWokenWithoutAConnectionToo) {
  DatabaseOptions nowhere = postgres_.options();
  nowhere.url = "postgresql://svc_events@127.0.0.1:1/none";
  Listener deaf(nowhere, "a channel");
  EXPECT_THAT(deaf.Wait(absl::ZeroDuration()), HasReason(types::v1::ERROR_REASON_DEPENDENCY_AWAY));
  deaf.Wake();
  const absl::Time start = absl::Now();
  EXPECT_THAT(deaf.Wait(kLong), HasReason(types::v1::ERROR_REASON_DEPENDENCY_AWAY));
  EXPECT_LT(absl::Now() - start, kLong);
}

}  // namespace
}  // namespace scharnier::db
