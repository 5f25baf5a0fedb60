#include "common/db/database.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/db/connection.h"
#include "common/db/pool.h"
#include "common/db/sql/database.sql.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/runtime/log.h"
#include "common/runtime/metrics.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::db {
namespace {

constexpr int kMaxConflicts = 3;  // repetitions, each
constexpr int kMaxLosses = 2;     // the first can be a rested connection, the second a restart
constexpr absl::Duration kFirstPause = absl::Milliseconds(5);

class ConnectionTx final : public Tx {
 public:
  ConnectionTx(const runtime::Context& ctx, Connection& connection)
      : ctx_(ctx), connection_(connection) {}

  absl::StatusOr<Rows> Run(const Query& query, const std::vector<Param>& params) override {
    static metrics::HistogramFamily& took =
        metrics::Histogram("db_query_seconds", "Time a statement took", {"query"});
    RETURN_IF_ERROR(first_error_);
    first_error_ = Awaited(ctx_);
    RETURN_IF_ERROR(first_error_);
    const absl::Time start = absl::Now();
    Outcome<Rows> outcome = connection_.Run(query, params);
    took.Observe({query.name}, absl::ToDoubleSeconds(absl::Now() - start));
    if (Rows* rows = std::get_if<Rows>(&outcome)) {
      return std::move(*rows);
    }
    failure_ = std::get<Failure>(std::move(outcome));
    failure_->query = query.name;
    first_error_ = failure_->status;
    return first_error_;
  }

  // The first failure of a statement.
  const std::optional<Failure>& failure() const { return failure_; }
  // Of the statements until now.
  const absl::Status& first_error() const { return first_error_; }

 private:
  const runtime::Context& ctx_;
  Connection& connection_;
  absl::Status first_error_;
  std::optional<Failure> failure_;
};

// Never with the server's message: it can quote what the statement was given.
void Log(const runtime::Context& ctx, const Failure& failure) {
  log::Warning("query failed", {{"query", failure.query},
                                {"sqlstate", failure.sqlstate},
                                {"reason", errors::Info(failure.status).reason()},
                                {"constraint", ViolatedConstraint(failure.status)},
                                {"method", ctx.method()},
                                {"trace_id", ctx.trace().trace_id}});
}

// What became of one attempt.
struct Attempt {
  absl::Status status;
  std::optional<Failure> failure;
  bool in_doubt = false;  // COMMIT was sent and not answered
  // BEGIN, COMMIT or ROLLBACK failed: the connection may stand in a transaction still.
  bool unclean = false;
};

std::string BeginText(const runtime::Context& ctx, bool snapshot,
                      absl::Duration statement_timeout) {
  std::string text = snapshot ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                              : "BEGIN ISOLATION LEVEL READ COMMITTED";
  const absl::Duration left = ctx.deadline() - absl::Now();
  if (left < statement_timeout) {
    absl::StrAppend(&text, "; SET LOCAL statement_timeout = ",
                    std::max<int64_t>(1, absl::ToInt64Milliseconds(left)));
  }
  return text;
}

// A timeout must not cut short a COMMIT: with a synchronous standby Postgres would then call
// success what one crash can undo. In a transaction that has failed the SET fails, and COMMIT is
// not reached.
constexpr char kCommit[] = "SET LOCAL statement_timeout = 0; COMMIT";

Attempt RunPlain(const runtime::Context& ctx, Connection& connection,
                 const std::function<absl::Status(Tx&)>& body) {
  ConnectionTx tx(ctx, connection);
  Attempt attempt;
  attempt.status = body(tx);
  attempt.failure = tx.failure();
  if (attempt.status.ok()) {
    attempt.status = tx.first_error();
  }
  return attempt;
}

Attempt RunTransaction(const runtime::Context& ctx, Connection& connection, bool snapshot,
                       absl::Duration statement_timeout,
                       const std::function<absl::Status(Tx&)>& body) {
  if (std::optional<Failure> failure =
          connection.Run(BeginText(ctx, snapshot, statement_timeout))) {
    return {failure->status, failure, false, true};
  }
  Attempt attempt = RunPlain(ctx, connection, body);
  if (attempt.status.ok()) {
    attempt.status = Awaited(ctx);
  }
  const bool commit = attempt.status.ok();
  if (attempt.failure.has_value() && attempt.failure->kind == Failure::Kind::kConnection) {
    return attempt;
  }
  if (std::optional<Failure> failure = connection.Run(commit ? kCommit : "ROLLBACK")) {
    // What was read stays read, and what was to be rolled back is when the connection is closed.
    attempt.failure = failure;
    attempt.unclean = true;
    if (commit && !snapshot) {
      attempt.status = failure->status;
      attempt.in_doubt = failure->kind == Failure::Kind::kConnection;
    }
  }
  return attempt;
}

// Before the attempt after `conflicts` lost ones: rivals that met once shall not meet again.
void Pause(int conflicts) {
  thread_local absl::BitGen random;
  const double jitter = absl::Uniform(random, 0.5, 1.5);
  absl::SleepFor(kFirstPause * (1 << conflicts) * jitter);
}

}  // namespace

Database::Database(DatabaseOptions options)
    : options_(std::move(options)),
      pool_(
          std::make_unique<Pool>(ConnectionOptions{options_.url, options_.password, options_.schema,
                                                   options_.statement_timeout,
                                                   options_.lock_timeout, options_.connect_timeout},
                                 options_.pool_size)) {}

Database::~Database() = default;

absl::Status Database::Run(const runtime::Context& ctx, Mode mode,
                           const std::function<absl::Status(Tx&)>& body) {
  int conflicts = 0;
  int losses = 0;
  while (true) {
    RETURN_IF_ERROR(Awaited(ctx));
    ASSIGN_OR_RETURN(Pool::Lease lease, pool_->Acquire(ctx));
    const Attempt attempt = mode == Mode::kRead
                                ? RunPlain(ctx, lease.connection(), body)
                                : RunTransaction(ctx, lease.connection(), mode == Mode::kSnapshot,
                                                 options_.statement_timeout, body);
    if (!attempt.failure.has_value()) {
      lease.Return();
      return attempt.status;
    }
    const Failure& failure = *attempt.failure;
    if (failure.kind != Failure::Kind::kConnection && !attempt.unclean) {
      lease.Return();
    }
    switch (failure.kind) {
      case Failure::Kind::kConnection:
        Log(ctx, failure);
        lease.Lost();
        if (attempt.status.ok()) {
          return attempt.status;
        }
        // Whether a lost COMMIT has happened, Write finds out by its request_id; others cannot
        // tell.
        if (++losses > kMaxLosses || (attempt.in_doubt && mode != Mode::kWrite)) {
          return failure.status;
        }
        break;
      case Failure::Kind::kConflict:
        if (++conflicts > kMaxConflicts) {
          Log(ctx, failure);
          return failure.status;
        }
        Pause(conflicts);
        break;
      case Failure::Kind::kConstraint:
      case Failure::Kind::kOther:
        // A store may have put a reason of its own in the place of a violated constraint.
        if (failure.kind == Failure::Kind::kOther || absl::IsInternal(attempt.status)) {
          Log(ctx, failure);
        }
        return WithoutConstraint(attempt.status);
    }
  }
}

absl::Status Database::Check(bool clock_simulated) {
  constexpr absl::Duration kWithin = absl::Seconds(1);
  static constexpr const Query& kCheck = Find(sql::kDatabase, "CheckLogin");
  struct Login {
    absl::Time now;
    std::string too_much;
  };
  const absl::Time start = absl::Now();
  const runtime::Context ctx(
      {.caller = {}, .now = start, .deadline = start + kWithin, .method = "check", .trace = {}});
  ASSIGN_OR_RETURN(const Login login, Read(ctx, [](Tx& tx) {
                     return tx.One(kCheck, [](const Row& row) {
                       return Login{row.Get<absl::Time>("now"), row.Get<std::string>("too_much")};
                     });
                   }));
  const absl::Time end = absl::Now();
  if (end - start > kWithin) {
    return DatabaseAway("the database took longer than a second");
  }
  if (!login.too_much.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the database role of ", options_.url, " is too powerful: ", login.too_much));
  }
  const absl::Duration off = std::max(start - login.now, login.now - end);
  if (!clock_simulated && off > kWithin) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the clocks of this machine and the database differ by ", absl::FormatDuration(off)));
  }
  return absl::OkStatus();
}

}  // namespace scharnier::db
