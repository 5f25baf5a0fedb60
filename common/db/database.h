// File: database.h
// A service's database: a pool of connections, and the three ways to use one.
//
//   Read      one statement, one round trip, no transaction
//   Snapshot  several statements that see the same rows
//   Write     one mutation: request_id row first, effect, commit, here and once
//
// Statuses: a database that is away is UNAVAILABLE DEPENDENCY_AWAY; serialisation failures,
// deadlocks and lock timeouts are repeated up to 3 times with jitter, then ABORTED CONFLICT; a full
// disk is RESOURCE_EXHAUSTED OVERLOADED.

#ifndef SCHARNIER_COMMON_DB_DATABASE_H_
#define SCHARNIER_COMMON_DB_DATABASE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/request_log.h"
#include "common/db/tx.h"
#include "common/runtime/context.h"
#include "common/runtime/secret.h"

namespace scharnier::db {

// Whether libpq understands it as a URL, and it holds no password: that comes from a secret's file.
bool IsUrl(const std::string& text);

struct DatabaseOptions {
  std::string url;                 // postgresql://… of the service's role, without its password
  runtime::SecretSource password;  // asked for every new connection: it may be changed
  std::string schema;              // the only one on the search path
  int pool_size = 8;
  absl::Duration statement_timeout = absl::Seconds(5);
  absl::Duration lock_timeout = absl::Seconds(2);
  absl::Duration connect_timeout = absl::Seconds(3);
};

class Pool;

// Thread-safe.
class Database {
 public:
  // Opens no connection yet: a database that is away now is UNAVAILABLE when used.
  explicit Database(DatabaseOptions options);
  ~Database();

  const DatabaseOptions& options() const { return options_; }

  // Runs `body` on a connection whose statements commit one by one; they only read, since `body`
  // runs again where a connection turns out to be lost. The call's deadline is not passed on to the
  // database, for that would cost a round trip: statement_timeout bounds what is wasted.
  template <class F>
  auto Read(const runtime::Context& ctx, F body) -> decltype(body(std::declval<Tx&>())) {
    return Typed<decltype(body(std::declval<Tx&>()))>(ctx, Mode::kRead, body);
  }
  // Runs `body` in a read-only transaction at REPEATABLE READ.
  template <class F>
  auto Snapshot(const runtime::Context& ctx, F body) -> decltype(body(std::declval<Tx&>())) {
    return Typed<decltype(body(std::declval<Tx&>()))>(ctx, Mode::kSnapshot, body);
  }
  // Runs `body` in a transaction at READ COMMITTED and commits when it returns OK. `body` may run
  // several times and must have no effect elsewhere. A commit whose outcome is unknown is
  // UNAVAILABLE: whoever repeats must be able to tell (request_id, cursor, lease). For background
  // work; a mutation uses Write, many at once WriteBatch.
  template <class F>
  auto Transact(const runtime::Context& ctx, F body) -> decltype(body(std::declval<Tx&>())) {
    return Typed<decltype(body(std::declval<Tx&>()))>(ctx, Mode::kTransact, body);
  }

  // One mutation. `effect(tx)` returns the resource as StatusOr<Resource>; its `name` is remembered
  // with the request_id of `request`. A repetition runs `current(tx, name)` instead, which reads
  // the resource as it is now. A commit whose outcome is unknown is repeated here, so that the
  // request_id tells. Errors: INVALID_ARGUMENT REQUEST_ID_REUSED, and those of `effect`.
  template <class Request, class Effect, class Current>
  auto Write(const runtime::Context& ctx, const Request& request, Effect effect, Current current)
      -> decltype(effect(std::declval<Tx&>())) {
    using Result = decltype(effect(std::declval<Tx&>()));
    return Typed<Result>(ctx, Mode::kWrite, [&](Tx& tx) -> Result {
      auto claim = ClaimRequest(tx, ctx, request);
      if (!claim.ok()) {
        return claim.status();
      }
      if (claim->has_value()) {
        return current(tx, **claim);
      }
      Result result = effect(tx);
      if (result.ok()) {
        absl::Status done = FinishRequest(tx, ctx, request, result->name());
        if (!done.ok()) {
          return done;
        }
      }
      return result;
    });
  }

  // Several mutations in one transaction, which claim their request_ids themselves (ClaimRequests):
  // a commit whose outcome is unknown is repeated here, so that the request_ids tell.
  template <class F>
  auto WriteBatch(const runtime::Context& ctx, F body) -> decltype(body(std::declval<Tx&>())) {
    return Typed<decltype(body(std::declval<Tx&>()))>(ctx, Mode::kWrite, body);
  }

  // OK when a connection answers within a second, its role can do no more than a service needs (it
  // is no superuser and no member of another role, owns nothing, creates nothing), and the clock of
  // the database is within 1 s of ours (unless the time is simulated).
  absl::Status Check(bool clock_simulated);

 private:
  enum class Mode { kRead, kSnapshot, kTransact, kWrite };

  template <class Result, class F>
  Result Typed(const runtime::Context& ctx, Mode mode, F body) {
    Result result = absl::UnknownError("not run");
    absl::Status status = Run(ctx, mode, [&](Tx& tx) -> absl::Status {
      result = body(tx);
      return StatusOf(result);
    });
    // The commit can fail where the body did not.
    if (!status.ok()) {
      return status;
    }
    return result;
  }
  static absl::Status StatusOf(const absl::Status& status) { return status; }
  template <class T>
  static absl::Status StatusOf(const absl::StatusOr<T>& result) {
    return result.status();
  }
  absl::Status Run(const runtime::Context& ctx, Mode mode,
                   const std::function<absl::Status(Tx&)>& body);

  const DatabaseOptions options_;
  const std::unique_ptr<Pool> pool_;
};

}  // namespace scharnier::db

#endif  // SCHARNIER_COMMON_DB_DATABASE_H_
