#include "common/db/batcher.h"

#include <algorithm>
#include <atomic>
#include <latch>
#include <mutex>
#include <thread>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "common/testing/matchers.h"
#include "gtest/gtest.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::db {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using testing::IsOkAnd;

using IntBatcher = Batcher<int, int>;

runtime::Context::Options Until(absl::Time deadline) {
  return {.caller = {}, .now = absl::Now(), .deadline = deadline, .method = "test", .trace = {}};
}

// Doubles items; runs on key "held" wait until released.
class BatcherTest : public ::testing::Test {
 protected:
  ~BatcherTest() override { executor_.Stop(); }

  // Lives until the executor has stopped.
  IntBatcher& Make(IntBatcher::Options options, IntBatcher::Run run) {
    return *batchers_.emplace_back(
        std::make_unique<IntBatcher>(executor_, options, std::move(run)));
  }
  IntBatcher& Make(IntBatcher::Options options) {
    return Make(options,
                [this](const std::string& key, const std::vector<IntBatcher::Call*>& calls) {
                  return Run(key, calls);
                });
  }

  absl::StatusOr<std::vector<absl::StatusOr<int>>> Run(
      const std::string& key, const std::vector<IntBatcher::Call*>& calls) {
    const int at_once = ++running_;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      sizes_.push_back(static_cast<int>(calls.size()));
      most_at_once_ = std::max(most_at_once_, at_once);
    }
    if (key == "held") {
      if (!begun_.HasBeenNotified()) {
        begun_.Notify();
      }
      released_.WaitForNotification();
    }
    --running_;
    std::vector<absl::StatusOr<int>> answers;
    for (const IntBatcher::Call* call : calls) {
      if (call->item == kBadApple) {
        return absl::AbortedError("spoilt");
      }
      if (call->item < 0) {
        answers.emplace_back(absl::NotFoundError("negative"));
      } else {
        answers.emplace_back(2 * call->item);
      }
    }
    return answers;
  }

  // Submits items one after the other, and waits for all answers.
  struct Answers {
    explicit Answers(int count) : left(count), values(count, absl::UnknownError("none")) {}
    absl::BlockingCounter left;
    std::vector<absl::StatusOr<int>> values;
  };
  static void Submit(IntBatcher& batcher, const std::string& key, const runtime::Context& ctx,
                     int item, Answers& answers, int index) {
    batcher.Submit(key, ctx, item, [&answers, index](absl::StatusOr<int> answer) {
      answers.values[index] = std::move(answer);
      answers.left.DecrementCount();
    });
  }

  static constexpr int kBadApple = -666;
  runtime::Executor executor_{4, 1000};
  const runtime::Context ctx_{Until(absl::InfiniteFuture())};
  std::vector<std::unique_ptr<IntBatcher>> batchers_;
  std::mutex mutex_;
  std::vector<int> sizes_;  // of the runs, in order
  int most_at_once_ = 0;
  std::atomic<int> running_ = 0;
  absl::Notification begun_;
  absl::Notification released_;
};

TEST_F(BatcherTest, AnIdleKeyRunsACallAtOnceAndAlone) {
  IntBatcher& batcher = Make({.name = "test"});
  for (int i = 0; i < 3; ++i) {
    Answers answers(1);
    Submit(batcher, "a", ctx_, i, answers, 0);
    answers.left.Wait();
    EXPECT_THAT(answers.values[0], IsOkAnd(2 * i));
  }
  EXPECT_THAT(sizes_, ElementsAre(1, 1, 1));
}

TEST_F(BatcherTest, CallsThatComeMeanwhileFormBatchesWithAnswersOfTheirOwn) {
  IntBatcher& batcher = Make({.name = "test", .max_batch = 64, .max_parallel = 1});
  Answers answers(131);
  Submit(batcher, "held", ctx_, 0, answers, 0);
  begun_.WaitForNotification();
  for (int i = 1; i < 131; ++i) {
    Submit(batcher, "held", ctx_, i == 77 ? -1 : i, answers, i);
  }
  released_.Notify();
  answers.left.Wait();
  EXPECT_THAT(sizes_, ElementsAre(1, 64, 64, 2));
  EXPECT_EQ(most_at_once_, 1);
  for (int i = 0; i < 131; ++i) {
    if (i == 77) {
      EXPECT_EQ(answers.values[i].status().code(), absl::StatusCode::kNotFound);
    } else {
      EXPECT_THAT(answers.values[i], IsOkAnd(2 * i));
    }
  }
}

TEST_F(BatcherTest, ABadAppleFailsAlone) {
  IntBatcher& batcher = Make({.name = "test"});
  Answers answers(5);
  Submit(batcher, "held", ctx_, 0, answers, 0);
  begun_.WaitForNotification();
  for (int i = 1; i < 5; ++i) {
    Submit(batcher, "held", ctx_, i == 3 ? kBadApple : i, answers, i);
  }
  released_.Notify();
  answers.left.Wait();
  EXPECT_THAT(sizes_, ElementsAre(1, 4, 1, 1, 1, 1));
  for (int i = 0; i < 5; ++i) {
    if (i == 3) {
      EXPECT_EQ(answers.values[i].status(), absl::AbortedError("spoilt"));
    } else {
      EXPECT_THAT(answers.values[i], IsOkAnd(2 * i));
    }
  }
}

TEST_F(BatcherTest, ExpiredCallsAreNotRun) {
  IntBatcher& batcher = Make({.name = "test"});
  const runtime::Context late(Until(absl::Now() - absl::Seconds(1)));
  runtime::Context cancelled(Until(absl::InfiniteFuture()));
  Answers answers(4);
  Submit(batcher, "held", ctx_, 0, answers, 0);
  begun_.WaitForNotification();
  Submit(batcher, "held", late, 1, answers, 1);
  Submit(batcher, "held", cancelled, 2, answers, 2);
  Submit(batcher, "held", ctx_, 3, answers, 3);
  cancelled.Cancel();
  released_.Notify();
  answers.left.Wait();
  EXPECT_THAT(sizes_, ElementsAre(1, 1));
  EXPECT_THAT(answers.values[1], HasReason(types::v1::ERROR_REASON_DEADLINE_PASSED));
  EXPECT_THAT(answers.values[2], HasReason(types::v1::ERROR_REASON_CALL_CANCELLED));
  EXPECT_THAT(answers.values[3], IsOkAnd(6));
}

TEST_F(BatcherTest, KeysAreIndependent) {
  IntBatcher& batcher = Make({.name = "test"});
  Answers held(1);
  Submit(batcher, "held", ctx_, 1, held, 0);
  begun_.WaitForNotification();
  Answers free(1);
  Submit(batcher, "free", ctx_, 2, free, 0);
  free.left.Wait();  // while the other key still runs
  EXPECT_THAT(free.values[0], IsOkAnd(4));
  released_.Notify();
  held.left.Wait();
  EXPECT_THAT(held.values[0], IsOkAnd(2));
}

TEST_F(BatcherTest, RunsOnOneKeyAreBounded) {
  IntBatcher& batcher =
      Make({.name = "test", .max_batch = 1, .max_parallel = 3},
           [this, together = std::make_shared<std::latch>(3)](
               const std::string& key, const std::vector<IntBatcher::Call*>& calls) {
             // The first three get no further until there are three.
             if (calls[0]->item < 3) {
               together->arrive_and_wait();
             }
             return Run(key, calls);
           });
  Answers answers(20);
  for (int i = 0; i < 20; ++i) {
    Submit(batcher, "a", ctx_, i, answers, i);
  }
  answers.left.Wait();
  EXPECT_LE(most_at_once_, 3);
  EXPECT_EQ(sizes_.size(), 20);
}

TEST_F(BatcherTest, ManyCallersOnFewKeysAllGetTheirAnswer) {
  IntBatcher& batcher = Make({.name = "test", .max_batch = 7, .max_parallel = 2});
  constexpr int kThreads = 8;
  constexpr int kEach = 500;
  std::vector<std::unique_ptr<Answers>> answers;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    answers.push_back(std::make_unique<Answers>(kEach));
    threads.emplace_back([&, t, mine = answers.back().get()] {
      for (int i = 0; i < kEach; ++i) {
        Submit(batcher, absl::StrCat(i % 3), ctx_, t * kEach + i, *mine, i);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (int t = 0; t < kThreads; ++t) {
    answers[t]->left.Wait();
    for (int i = 0; i < kEach; ++i) {
      EXPECT_THAT(answers[t]->values[i], IsOkAnd(2 * (t * kEach + i)));
    }
  }
}

TEST_F(BatcherTest, ARunThatThrowsFailsItsCallsAndTheKeyGoesOn) {
  bool throws = true;
  IntBatcher& batcher = Make(
      {.name = "test"}, [&](const std::string& key, const std::vector<IntBatcher::Call*>& calls) {
        if (std::exchange(throws, false)) {
          throw std::bad_alloc();
        }
        return Run(key, calls);
      });
  Answers first(1);
  Submit(batcher, "key", ctx_, 1, first, 0);
  first.left.Wait();
  EXPECT_THAT(first.values[0], HasReason(types::v1::ERROR_REASON_INTERNAL_FAULT));
  Answers second(1);
  Submit(batcher, "key", ctx_, 1, second, 0);
  second.left.Wait();
  EXPECT_THAT(second.values[0], IsOkAnd(2));
}

}  // namespace
}  // namespace scharnier::db
