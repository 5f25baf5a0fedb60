#include "common/db/pool.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/runtime/log.h"
#include "common/runtime/metrics.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::db {
namespace {

constexpr absl::Duration kTryAfter = absl::Seconds(15);
constexpr absl::Duration kLongestWait = absl::Seconds(10);
constexpr absl::Duration kPauseAfterFailure = absl::Milliseconds(200);
constexpr int kConnectingAtOnce = 2;

}  // namespace

Pool::Lease::~Lease() {
  if (connection_ != nullptr) {
    connection_.reset();
    pool_->GiveBack(nullptr);
  }
}

void Pool::Lease::Return() { pool_->GiveBack(std::move(connection_)); }

void Pool::Lease::Lost() {
  connection_.reset();
  pool_->GiveBack(nullptr);
  pool_->CloseIdle();
}

Pool::Pool(ConnectionOptions options, int size) : options_(std::move(options)), size_(size) {}

absl::StatusOr<Pool::Lease> Pool::Acquire(const runtime::Context& ctx) {
  static metrics::HistogramFamily& waited =
      metrics::Histogram("db_pool_wait_seconds", "Time a call waited for a connection", {});
  const absl::Time start = absl::Now();
  absl::StatusOr<Lease> lease = Wait(ctx);
  waited.Observe({}, absl::ToDoubleSeconds(absl::Now() - start));
  return lease;
}

absl::StatusOr<Pool::Lease> Pool::Wait(const runtime::Context& ctx) {
  const absl::Time until = std::min(ctx.deadline(), absl::Now() + kLongestWait);
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    if (!idle_.empty()) {
      Idle idle = std::move(idle_.back());
      idle_.pop_back();
      ShowLocked();
      lock.unlock();
      Lease lease(*this, std::move(idle.connection));
      if (absl::Now() - idle.since < kTryAfter || !lease.connection().Run("SELECT 1").has_value()) {
        return lease;
      }
      lease.Lost();
      lock.lock();
      continue;
    }
    const absl::Time now = absl::Now();
    if (open_ < size_ && connecting_ < kConnectingAtOnce && now >= connect_after_) {
      ++open_;
      ++connecting_;
      ShowLocked();
      lock.unlock();
      return Connect();
    }
    if (open_ == 0 && away_) {
      return DatabaseAway("the database cannot be reached");
    }
    if (now >= ctx.deadline()) {
      return errors::Error(types::v1::ERROR_REASON_DEADLINE_PASSED,
                           "no database connection was free in time");
    }
    if (now >= until) {
      return errors::Error(types::v1::ERROR_REASON_OVERLOADED, "no database connection is free")
          .RetryAfter(absl::Seconds(1));
    }
    // Woken too when the pause after a failure ends: nobody signals that.
    const absl::Time wake = now < connect_after_ ? std::min(until, connect_after_) : until;
    changed_.wait_until(lock, absl::ToChronoTime(wake));
  }
}

// The place was taken before, under the lock; connecting takes long and must not hold it.
absl::StatusOr<Pool::Lease> Pool::Connect() {
  Outcome<std::unique_ptr<Connection>> opened = Connection::Open(options_);
  const Failure* failure = std::get_if<Failure>(&opened);
  bool turned = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    --connecting_;
    turned = away_ != (failure != nullptr);
    away_ = failure != nullptr;
    if (failure != nullptr) {
      --open_;
      connect_after_ = absl::Now() + kPauseAfterFailure;
    }
    ShowLocked();
  }
  changed_.notify_all();
  if (failure != nullptr) {
    if (turned) {
      log::Error("the database cannot be reached", {{"reason", failure->message}});
    }
    return failure->status;
  }
  if (turned) {
    log::Info("the database is back");
  }
  return Lease(*this, std::move(std::get<std::unique_ptr<Connection>>(opened)));
}

void Pool::GiveBack(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (connection != nullptr) {
      idle_.push_back({std::move(connection), absl::Now()});
    } else {
      --open_;
    }
    ShowLocked();
  }
  changed_.notify_one();
}

void Pool::CloseIdle() {
  std::vector<Idle> closed;  // closing talks to the server, so not under the lock
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed.swap(idle_);
    open_ -= static_cast<int>(closed.size());
    ShowLocked();
  }
  changed_.notify_all();
}

void Pool::ShowLocked() {
  static metrics::GaugeFamily& connections =
      metrics::Gauge("db_pool_connections", "Connections to the database, by state", {"state"});
  const int idle = static_cast<int>(idle_.size());
  connections.Set({"idle"}, idle);
  connections.Set({"connecting"}, connecting_);
  connections.Set({"busy"}, open_ - idle - connecting_);
}

}  // namespace scharnier::db
