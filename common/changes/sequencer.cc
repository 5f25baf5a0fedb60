#include "common/changes/sequencer.h"

#include <utility>

#include "common/changes/sql/feed.sql.h"
#include "common/changes/trouble.h"
#include "common/errors/macros.h"
#include "common/runtime/metrics.h"

namespace scharnier::changes {
namespace {

// As in NumberChanges.
constexpr int kBatch = 1000;
// Under load every commit notifies; numbering a few at a time would cost more commits than it is
// worth.
constexpr absl::Duration kRest = absl::Milliseconds(10);
constexpr absl::Duration kLongestDelay = absl::Seconds(5);

}  // namespace

Sequencer::Sequencer(db::Database& database, absl::Duration interval,
                     std::shared_ptr<Waiters> waiters)
    : database_(database),
      interval_(interval),
      waiters_(std::move(waiters)),
      listener_(database.options(), database.options().schema),
      thread_([this] { Run(); }) {}

Sequencer::~Sequencer() {
  stop_.Notify();
  listener_.Wake();
  thread_.join();
}

absl::Status Sequencer::SequenceNow(const runtime::Context& ctx) {
  for (;;) {
    ASSIGN_OR_RETURN(const std::optional<int> numbered, Number(ctx, Lock::kWait));
    if (numbered.value_or(0) < kBatch) {
      return absl::OkStatus();
    }
  }
}

absl::StatusOr<std::optional<int>> Sequencer::Number(const runtime::Context& ctx, Lock lock) {
  constexpr const db::Query& kTryLock = db::Find(sql::kFeed, "TryLockFeed");
  constexpr const db::Query& kWaitForLock = db::Find(sql::kFeed, "LockFeed");
  constexpr const db::Query& kNumber = db::Find(sql::kFeed, "NumberChanges");
  struct Numbered {
    int count = 0;
    int64_t position = 0;
  };
  auto numbered =
      database_.Transact(ctx, [&](db::Tx& tx) -> absl::StatusOr<std::optional<Numbered>> {
        if (lock == Lock::kTry) {
          ASSIGN_OR_RETURN(const int64_t locked, tx.Exec(kTryLock));
          if (locked == 0) {
            return std::optional<Numbered>();
          }
        } else {
          RETURN_IF_ERROR(tx.Exec(kWaitForLock).status());
        }
        return tx.Maybe(kNumber, [](db::Row row) {
          return Numbered{row.Get<int>("numbered"), row.Get<int64_t>("last_pos")};
        });
      });
  if (!numbered.ok()) {
    return numbered.status();
  }
  if (!numbered->has_value()) {
    return std::optional<int>();
  }
  waiters_->Publish((*numbered)->position);
  return std::optional<int>((*numbered)->count);
}

absl::StatusOr<int> Sequencer::Round() {
  constexpr const db::Query& kRead = db::Find(sql::kFeed, "ReadFeed");
  static auto& position_gauge =
      metrics::Gauge("feed_position", "Position of the last change in the feed", {});
  static auto& unsequenced_gauge =
      metrics::Gauge("feed_unsequenced", "Changes that may have no position yet", {});
  const absl::Time now = absl::Now();
  const runtime::Context ctx({.caller = {},
                              .now = now,
                              .deadline = now + absl::Seconds(10),
                              .method = "sequencer",
                              .trace = {}});
  struct State {
    int64_t position;
    int64_t unsequenced;
  };
  ASSIGN_OR_RETURN(const State state, database_.Read(ctx, [&](db::Tx& tx) {
    return tx.One(kRead, [](db::Row row) {
      return State{row.Get<int64_t>("last_pos"), row.Get<int64_t>("unsequenced")};
    });
  }));
  position_gauge.Set({}, static_cast<double>(state.position));
  unsequenced_gauge.Set({}, static_cast<double>(state.unsequenced));
  waiters_->Publish(state.position);
  if (state.unsequenced == 0) {
    return 0;
  }
  ASSIGN_OR_RETURN(const std::optional<int> numbered, Number(ctx, Lock::kTry));
  return numbered.value_or(0);
}

void Sequencer::Run() {
  Trouble trouble("the sequencer", interval_, kLongestDelay);
  Trouble listening("listening for changes", interval_, kLongestDelay);
  while (!stop_.HasBeenNotified()) {
    const absl::StatusOr<int> numbered = Round();
    const absl::Duration delay = trouble.Report(numbered.status());
    if (!numbered.ok()) {
      stop_.WaitForNotificationWithTimeout(delay);
      continue;
    }
    if (*numbered == kBatch) {
      continue;
    }
    if (*numbered > 0) {
      stop_.WaitForNotificationWithTimeout(kRest);
    }
    listening.Report(listener_.Wait(interval_));
  }
}

}  // namespace scharnier::changes
