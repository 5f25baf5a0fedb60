#include "common/runtime/executor.h"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"

namespace scharnier::runtime {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Says when it is destroyed.
class Witness {
 public:
  explicit Witness(absl::Notification& gone) : gone_(gone) {}
  ~Witness() { gone_.Notify(); }

 private:
  absl::Notification& gone_;
};

// Occupies all workers until let go.
class Blocker {
 public:
  Blocker(Executor& executor, int threads) : begun_(threads) {
    for (int i = 0; i < threads; ++i) {
      executor.Submit([this] {
        begun_.DecrementCount();
        go_.WaitForNotification();
      });
    }
    begun_.Wait();
  }
  void LetGo() { go_.Notify(); }

 private:
  absl::BlockingCounter begun_;
  absl::Notification go_;
};

TEST(Executor, RunsInOrderOfArrival) {
  std::vector<int> order;
  {
    Executor executor(1, 1000);
    for (int i = 0; i < 1000; ++i) {
      executor.Submit([&order, i] { order.push_back(i); });
    }
  }
  ASSERT_EQ(order.size(), 1000u);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(order[i], i);
  }
}

TEST(Executor, RunsAsManyTasksAtOnceAsItHasThreads) {
  Executor executor(8, 8);
  absl::BlockingCounter all(8);
  absl::Notification met;
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(executor.TrySubmit([&] {
      all.DecrementCount();
      met.WaitForNotification();
    }));
  }
  all.Wait();
  met.Notify();
}

TEST(Executor, RefusesNewWorkWhileTheQueueIsFull) {
  Executor executor(2, 3);
  Blocker blocker(executor, 2);
  std::atomic<int> ran = 0;
  const auto task = [&ran] { ++ran; };
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(executor.TrySubmit(task));
  }
  EXPECT_FALSE(executor.TrySubmit(task));
  EXPECT_EQ(executor.queued(), 3);
  // A continuation is taken all the same.
  executor.Submit(task);
  EXPECT_EQ(executor.queued(), 4);
  EXPECT_FALSE(executor.TrySubmit(task));

  blocker.LetGo();
  executor.Stop();
  EXPECT_EQ(ran, 4);
}

TEST(Executor, TakesWorkAgainOnceTheQueueHasDrained) {
  Executor executor(1, 1);
  Blocker blocker(executor, 1);
  EXPECT_TRUE(executor.TrySubmit([] {}));
  absl::Notification last;
  executor.Submit([&] { last.Notify(); });
  EXPECT_FALSE(executor.TrySubmit([] {}));
  blocker.LetGo();
  last.WaitForNotification();
  EXPECT_TRUE(executor.TrySubmit([] {}));
}

TEST(Executor, CountsIdleThreadsAsRoom) {
  Executor executor(4, 0);
  absl::Notification go;
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(executor.TrySubmit([&] { go.WaitForNotification(); })) << i;
  }
  EXPECT_FALSE(executor.TrySubmit([] {}));
  go.Notify();
}

TEST(Executor, DestroysARefusedTask) {
  Executor executor(1, 0);
  Blocker blocker(executor, 1);
  absl::Notification gone;
  EXPECT_FALSE(executor.TrySubmit([witness = std::make_unique<Witness>(gone)] {}));
  EXPECT_TRUE(gone.HasBeenNotified());
  blocker.LetGo();
}

TEST(Executor, DestroysATaskWhenItHasRun) {
  Executor executor(1, 1);
  absl::Notification gone;
  executor.Submit([witness = std::make_unique<Witness>(gone)] {});
  gone.WaitForNotification();
}

TEST(Executor, GoesOnAfterATaskThatThrows) {
  ::testing::internal::CaptureStderr();
  Executor executor(1, 10);
  executor.Submit([] { throw std::runtime_error("what it was about"); });
  executor.Submit([] { throw 42; });
  absl::Notification ran;
  executor.Submit([&] { ran.Notify(); });
  ran.WaitForNotification();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("a task threw an exception"), Not(HasSubstr("what it was about"))));
}

TEST(Executor, TakesWorkFromItsOwnTasks) {
  Executor executor(1, 1);
  absl::Notification done;
  executor.Submit([&] { executor.Submit([&] { done.Notify(); }); });
  done.WaitForNotification();
}

TEST(Executor, SubmitsWhenTheDelayHasPassed) {
  Executor executor(2, 2);
  const absl::Duration delay = absl::Milliseconds(20);
  const absl::Time begin = absl::Now();
  absl::Notification done;
  absl::Time ran;
  executor.SubmitAfter(delay, [&] {
    ran = absl::Now();
    done.Notify();
  });
  done.WaitForNotification();
  EXPECT_GE(ran, begin + delay);
}

TEST(Executor, SubmitsTheEarliestFirst) {
  Executor executor(1, 1);
  std::vector<int> order;
  absl::Notification done;
  executor.SubmitAfter(absl::InfiniteDuration(), [&] { order.push_back(0); });
  executor.SubmitAfter(absl::Milliseconds(40), [&] {
    order.push_back(3);
    done.Notify();
  });
  executor.SubmitAfter(absl::Milliseconds(20), [&] { order.push_back(2); });
  executor.SubmitAfter(-absl::Seconds(1), [&] { order.push_back(1); });
  done.WaitForNotification();
  EXPECT_THAT(order, ::testing::ElementsAre(1, 2, 3));
}

TEST(Executor, TakesTimedWorkHoweverFullTheQueueIs) {
  Executor executor(1, 0);
  Blocker blocker(executor, 1);
  absl::Notification done;
  executor.SubmitAfter(absl::ZeroDuration(), [&] { done.Notify(); });
  blocker.LetGo();
  done.WaitForNotification();
}

TEST(Executor, StopRunsWhatIsQueuedAndDropsWhatIsTimed) {
  Executor executor(2, 10);
  Blocker blocker(executor, 2);
  std::atomic<int> ran = 0;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(executor.TrySubmit([&] { ++ran; }));
  }
  absl::Notification gone;
  executor.SubmitAfter(absl::Hours(1), [witness = std::make_unique<Witness>(gone)] { FAIL(); });
  blocker.LetGo();
  executor.Stop();
  EXPECT_EQ(ran, 10);
  EXPECT_TRUE(gone.HasBeenNotified());
}

TEST(Executor, DropsWhatComesAfterStop) {
  Executor executor(1, 10);
  executor.Stop();
  executor.Stop();
  EXPECT_FALSE(executor.TrySubmit([] { FAIL(); }));
  executor.Submit([] { FAIL(); });
  executor.SubmitAfter(absl::ZeroDuration(), [] { FAIL(); });
  EXPECT_EQ(executor.queued(), 0);
}

TEST(Executor, LosesNothingUnderLoad) {
  constexpr int kSubmitters = 4;
  constexpr int kTasks = 2000;
  std::atomic<int> ran = 0;
  std::atomic<int> accepted = 0;
  {
    Executor executor(4, 64);
    std::vector<std::thread> submitters;
    for (int s = 0; s < kSubmitters; ++s) {
      submitters.emplace_back([&] {
        for (int i = 0; i < kTasks; ++i) {
          if (i % 10 == 0) {
            executor.SubmitAfter(absl::Microseconds(i), [&] { executor.Submit([] {}); });
          }
          if (executor.TrySubmit([&] { ++ran; })) {
            ++accepted;
          }
        }
      });
    }
    for (std::thread& submitter : submitters) {
      submitter.join();
    }
  }
  EXPECT_EQ(ran, accepted);
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace scharnier::runtime
