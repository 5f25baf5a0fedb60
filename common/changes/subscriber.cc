#include "common/changes/subscriber.h"

#include <cstdint>
#include <iterator>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/changes/sql/subscriber.sql.h"
#include "common/changes/trouble.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/runtime/log.h"
#include "common/runtime/metrics.h"
#include "google/protobuf/util/time_util.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::changes {
namespace {

constexpr absl::Duration kLongestDelay = absl::Seconds(30);
// How long an answer may take beyond the wait of the long poll.
constexpr absl::Duration kAnswerTime = absl::Seconds(5);
constexpr absl::Duration kApplyTime = absl::Seconds(30);

using Changes = google::protobuf::RepeatedPtrField<v1::Change>;

bool Heals(const absl::Status& status) {
  return errors::IsTransient(status) || absl::IsResourceExhausted(status) ||
         absl::IsDeadlineExceeded(status) || absl::IsCancelled(status);
}

bool Same(const v1::Cursor& a, const v1::Cursor& b) {
  return a.generation() == b.generation() && a.position() == b.position();
}

v1::Cursor CursorFromRow(const db::Row& row) {
  v1::Cursor cursor;
  cursor.set_generation(row.Get<std::string>("generation"));
  cursor.set_position(row.Get<int64_t>("pos"));
  return cursor;
}

}  // namespace

class Subscriber::Impl {
 public:
  Impl(db::Database& database, rpc::Client& source, const runtime::Clock& clock, Options options,
       Apply apply)
      : database_(database),
        source_(source),
        clock_(clock),
        options_(WithName(std::move(options))),
        apply_(std::move(apply)),
        thread_([this] { Run(); }) {}

  ~Impl() {
    stop_.Notify();
    thread_.join();
  }

 private:
  // What one transaction does with its changes.
  enum class Handling { kApply, kPark };

  void Run() {
    Trouble trouble(absl::StrCat("following ", options_.name), options_.retry_delay, kLongestDelay);
    NoteHeard();  // so that a source that never answers shows for how long
    while (!stop_.HasBeenNotified()) {
      const absl::Status status = Follow();
      // The client was shut down: so will this thread be.
      const absl::Duration delay =
          absl::IsCancelled(status) ? options_.retry_delay : trouble.Report(status);
      if (delay > absl::ZeroDuration()) {
        stop_.WaitForNotificationWithTimeout(delay);
      }
    }
  }

  static Options WithName(Options options) {
    if (options.name.empty()) {
      options.name = options.source;
    }
    return options;
  }

  void NoteHeard() {
    static auto& last_read =
        metrics::Gauge("subscriber_last_read_timestamp_seconds",
                       "When the source last answered, in seconds since 1970", {"source"});
    last_read.Set({options_.name}, static_cast<double>(absl::ToUnixSeconds(absl::Now())));
  }

  // Reads one page and applies it.
  absl::Status Follow() {
    static auto& lag =
        metrics::Gauge("subscriber_lag",
                       "Positions between the end of the source's feed and the cursor", {"source"});
    const std::unique_ptr<runtime::Context> ctx = NewContext("", absl::InfiniteFuture());
    ASSIGN_OR_RETURN(const std::optional<v1::Cursor> stored, ReadCursor(*ctx));
    if (!stored.has_value() && options_.copy) {
      return BeginAnew(*ctx, stored);
    }
    v1::ListChangesRequest request;
    if (stored.has_value()) {
      *request.mutable_after() = *stored;
    }
    request.set_page_size(options_.page_size);
    *request.mutable_wait() = google::protobuf::util::TimeUtil::MicrosecondsToDuration(
        absl::ToInt64Microseconds(options_.wait));
    const auto answer = source_.Call<v1::ListChangesResponse>(
        *ctx, absl::StrCat("scharnier.", options_.source, ".v1.ChangeService/ListChanges"), request,
        options_.wait + kAnswerTime);
    if (errors::Is(answer.status(), types::v1::ERROR_REASON_CURSOR_EXPIRED)) {
      return BeginAnew(*ctx, stored);
    }
    ASSIGN_OR_RETURN(const v1::ListChangesResponse page, answer);
    NoteHeard();
    lag.Set({options_.name},
            static_cast<double>(page.last_position() - request.after().position()));
    RETURN_IF_ERROR(ApplyPage(stored, page));
    return CountParked(*ctx);
  }

  // Puts a copy of the source in place, with the cursor from which it goes on; or, without copies,
  // forgets the cursor. Nothing where another replica has done so already.
  absl::Status BeginAnew(const runtime::Context& ctx, const std::optional<v1::Cursor>& stored) {
    constexpr const db::Query& kMake = db::Find(sql::kSubscriber, "MakeCursor");
    constexpr const db::Query& kLock = db::Find(sql::kSubscriber, "LockCursor");
    constexpr const db::Query& kMove = db::Find(sql::kSubscriber, "MoveCursor");
    constexpr const db::Query& kDelete = db::Find(sql::kSubscriber, "DeleteCursor");
    constexpr const db::Query& kForget = db::Find(sql::kSubscriber, "DeleteParked");
    Copy copy;
    if (options_.copy) {
      ASSIGN_OR_RETURN(copy, options_.copy(ctx));
    }
    const std::unique_ptr<runtime::Context> begin = NewContext("", absl::Now() + kApplyTime);
    ASSIGN_OR_RETURN(
        const bool begun, database_.Transact(*begin, [&](db::Tx& tx) -> absl::StatusOr<bool> {
          if (!options_.copy) {
            ASSIGN_OR_RETURN(
                const int64_t deleted,
                tx.Exec(kDelete, options_.name, stored->generation(), stored->position()));
            if (deleted > 0) {  // else another replica has parked anew
              RETURN_IF_ERROR(tx.Exec(kForget, options_.name).status());
            }
            return deleted > 0;
          }
          v1::Cursor expected;
          expected.set_generation(copy.from.generation());
          if (stored.has_value()) {
            expected = *stored;
          }
          RETURN_IF_ERROR(tx.Exec(kMake, options_.name, expected.generation()).status());
          ASSIGN_OR_RETURN(const v1::Cursor held, tx.One(kLock, CursorFromRow, options_.name));
          if (!Same(held, expected)) {
            return false;
          }
          RETURN_IF_ERROR(copy.replace(tx));
          RETURN_IF_ERROR(tx.Exec(kForget, options_.name).status());
          RETURN_IF_ERROR(
              tx.Exec(kMove, options_.name, copy.from.generation(), copy.from.position()).status());
          return true;
        }));
    if (begun) {
      count_parked_ = true;
      log::Warning("following begins anew",
                   {{"source", options_.source},
                    {"cursor", options_.name},
                    {"because", stored.has_value() ? "the cursor has expired" : "there is none"},
                    {"position", absl::StrCat(copy.from.position())}});
    }
    return absl::OkStatus();
  }

  absl::Status ApplyPage(const std::optional<v1::Cursor>& stored,
                         const v1::ListChangesResponse& page) {
    if (page.changes().empty() && stored.has_value() && Same(*stored, page.next())) {
      return absl::OkStatus();
    }
    v1::Cursor from;
    from.set_generation(page.next().generation());
    if (stored.has_value()) {
      from = *stored;
    }
    const absl::StatusOr<bool> whole =
        Advance(from, page.next(), page.changes(), Handling::kApply, "");
    // What takes too long together may not by itself.
    const bool too_much = absl::IsDeadlineExceeded(whole.status()) && page.changes_size() > 1;
    if (whole.ok() || (Heals(whole.status()) && !too_much)) {
      return whole.status();
    }
    for (const v1::Change& change : page.changes()) {
      ASSIGN_OR_RETURN(const bool moved, ApplyOrPark(from, change));
      if (!moved) {
        return absl::OkStatus();
      }
      from = change.cursor();
    }
    return absl::OkStatus();
  }

  // False where this replica has to look again: another one has moved the cursor, or we are to
  // stop.
  absl::StatusOr<bool> ApplyOrPark(const v1::Cursor& from, const v1::Change& change) {
    Changes one;
    *one.Add() = change;
    for (int attempt = 1;; ++attempt) {
      absl::StatusOr<bool> moved = Advance(from, change.cursor(), one, Handling::kApply, "");
      if (moved.ok() || Heals(moved.status())) {
        return moved;
      }
      const std::string reason = CodeAndReason(moved.status());
      if (attempt >= options_.attempts) {
        log::Error("change parked", {{"source", options_.source},
                                     {"change", change.id()},
                                     {"type", change.type()},
                                     {"subject", change.subject()},
                                     {"status", reason}});
        return Advance(from, change.cursor(), one, Handling::kPark, reason);
      }
      if (stop_.WaitForNotificationWithTimeout(options_.retry_delay)) {
        return false;
      }
    }
  }

  // One transaction: moves the cursor from `from` to `to` with the effect of what lies between.
  // False where the cursor was elsewhere: then another replica has had the effect.
  absl::StatusOr<bool> Advance(const v1::Cursor& from, const v1::Cursor& to, const Changes& changes,
                               Handling handling, const std::string& reason) {
    constexpr const db::Query& kMake = db::Find(sql::kSubscriber, "MakeCursor");
    constexpr const db::Query& kLock = db::Find(sql::kSubscriber, "LockCursor");
    constexpr const db::Query& kMove = db::Find(sql::kSubscriber, "MoveCursor");
    const std::unique_ptr<runtime::Context> ctx = NewContext("", absl::Now() + kApplyTime);
    return database_.Transact(*ctx, [&](db::Tx& tx) -> absl::StatusOr<bool> {
      if (from.position() == 0) {
        RETURN_IF_ERROR(tx.Exec(kMake, options_.name, from.generation()).status());
      }
      ASSIGN_OR_RETURN(const v1::Cursor held, tx.One(kLock, CursorFromRow, options_.name));
      if (!Same(held, from)) {
        return false;
      }
      ASSIGN_OR_RETURN(const std::set<std::string> parked, ParkedSubjects(tx, changes));
      for (const v1::Change& change : changes) {
        if (handling == Handling::kPark) {
          RETURN_IF_ERROR(Park(tx, change, reason));
        } else if (parked.contains(change.subject())) {
          RETURN_IF_ERROR(Park(tx, change, "an earlier change of this resource is parked"));
        } else {
          const auto change_ctx = NewContext(change.traceparent(), ctx->deadline());
          RETURN_IF_ERROR(apply_(*change_ctx, tx, change));
        }
      }
      RETURN_IF_ERROR(tx.Exec(kMove, options_.name, to.generation(), to.position()).status());
      return true;
    });
  }

  absl::StatusOr<std::set<std::string>> ParkedSubjects(db::Tx& tx, const Changes& changes) {
    constexpr const db::Query& kParked = db::Find(sql::kSubscriber, "ListParkedSubjects");
    std::vector<std::string> subjects;
    for (const v1::Change& change : changes) {
      subjects.push_back(change.subject());
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> parked,
                     tx.All(
                         kParked, [](db::Row row) { return row.Get<std::string>("subject"); },
                         options_.name, subjects));
    return std::set<std::string>(parked.begin(), parked.end());
  }

  absl::Status Park(db::Tx& tx, const v1::Change& change, const std::string& reason) {
    constexpr const db::Query& kPark = db::Find(sql::kSubscriber, "ParkChange");
    count_parked_ = true;
    return tx
        .Exec(kPark, options_.name, change.cursor().generation(), change.cursor().position(),
              change.subject(), db::Bytes{change.SerializeAsString()}, reason)
        .status();
  }

  absl::StatusOr<std::optional<v1::Cursor>> ReadCursor(const runtime::Context& ctx) {
    constexpr const db::Query& kRead = db::Find(sql::kSubscriber, "ReadCursor");
    return database_.Read(
        ctx, [&](db::Tx& tx) { return tx.Maybe(kRead, CursorFromRow, options_.name); });
  }

  absl::Status CountParked(const runtime::Context& ctx) {
    constexpr const db::Query& kCount = db::Find(sql::kSubscriber, "CountParked");
    static auto& parked =
        metrics::Gauge("subscriber_parked", "Changes that could not be applied", {"source"});
    if (!count_parked_) {
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const int count, database_.Read(ctx, [&](db::Tx& tx) {
      return tx.One(kCount, [](db::Row row) { return row.Get<int>("parked"); }, options_.name);
    }));
    parked.Set({options_.name}, count);
    count_parked_ = false;
    return absl::OkStatus();
  }

  std::unique_ptr<runtime::Context> NewContext(const std::string& traceparent,
                                               absl::Time deadline) const {
    return std::make_unique<runtime::Context>(runtime::Context::Options{
        .caller = {.role = options::v1::ROLE_SERVICE, .subject = options_.source, .email = ""},
        .now = clock_.Now(),
        .deadline = deadline,
        .method = absl::StrCat("changes of ", options_.source),
        .trace = runtime::StartSpan(traceparent)});
  }

  db::Database& database_;
  rpc::Client& source_;
  const runtime::Clock& clock_;
  const Options options_;
  const Apply apply_;
  bool count_parked_ = true;  // the gauge is not what the table says
  absl::Notification stop_;
  std::thread thread_;
};

Subscriber::Subscriber(db::Database& database, rpc::Client& source, const runtime::Clock& clock,
                       Options options, Apply apply)
    : impl_(std::make_unique<Impl>(database, source, clock, std::move(options), std::move(apply))) {
}

Subscriber::~Subscriber() = default;

}  // namespace scharnier::changes
