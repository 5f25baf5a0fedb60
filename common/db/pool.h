// File: pool.h
// A bounded pool of connections. Inside common/db alone.

#ifndef SCHARNIER_COMMON_DB_POOL_H_
#define SCHARNIER_COMMON_DB_POOL_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/connection.h"
#include "common/runtime/context.h"

namespace scharnier::db {

// Hands out the connection that was used last, so that the others rest. One that has rested for 15
// s is tried first; when one turns out to be lost, all that rest are closed, since a server that
// ends one has mostly ended all. New ones are opened by whoever needs them, two at a time, and not
// for a moment after a failure: then callers are refused at once. Thread-safe; outlives its leases.
class Pool {
 public:
  // A connection in use. Its destruction closes it, unless Return was called.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    Connection& connection() { return *connection_; }
    // Back to the pool: between transactions and in order.
    void Return();
    // Closes it, and those that rest: it was found to be lost.
    void Lost();

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;  // null: given back
  };

  Pool(ConnectionOptions options, int size);

  // Waits until the call's deadline, 10 s at most. Errors: UNAVAILABLE DEPENDENCY_AWAY;
  // DEADLINE_EXCEEDED DEADLINE_PASSED; RESOURCE_EXHAUSTED OVERLOADED.
  absl::StatusOr<Lease> Acquire(const runtime::Context& ctx);

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    absl::Time since;
  };

  absl::StatusOr<Lease> Wait(const runtime::Context& ctx);
  absl::StatusOr<Lease> Connect();
  void GiveBack(std::unique_ptr<Connection> connection);
  void CloseIdle();
  void ShowLocked();

  const ConnectionOptions options_;
  const int size_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_:
  std::vector<Idle> idle_;  // used last stands last
  int open_ = 0;            // idle, in use or being opened
  int connecting_ = 0;
  bool away_ = false;         // the last attempt to connect failed
  absl::Time connect_after_;  // no attempt before this
};

}  // namespace scharnier::db

#endif  // SCHARNIER_COMMON_DB_POOL_H_
