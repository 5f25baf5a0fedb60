#include "common/changes/feed.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "common/changes/sequencer.h"
#include "common/changes/sql/feed.sql.h"
#include "common/changes/waiters.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "google/protobuf/util/time_util.h"
#include "scharnier/changes/v1/change.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::changes {
namespace {

using google::protobuf::util::TimeUtil;

constexpr int kDefaultPage = 100;
constexpr int kLargestPage = 1000;
// Well below the largest message of a server and a client; the first change is given whatever its
// size.
constexpr int kPageBytes = 1 << 20;
// How many positions one statement looks through for changes that the caller may see.
constexpr int64_t kStretch = 10'000;
constexpr absl::Duration kLongestWait = absl::Seconds(20);
// An answer has to be on its way before the caller's deadline.
constexpr absl::Duration kMargin = absl::Milliseconds(500);

struct Page {
  std::vector<v1::Change> changes;
  v1::Cursor next;
  int64_t last = 0;  // position of the feed's last change
};

// Services see all; other teams what is public, of the calls that their grant names.
bool SeesInternal(const runtime::Context& ctx) {
  return ctx.caller().is(options::v1::ROLE_SERVICE);
}

absl::StatusOr<v1::Change> ToChange(const db::Row& row) {
  v1::Change change;
  change.set_id(row.Get<std::string>("id"));
  change.set_source(row.Get<std::string>("source"));
  change.set_type(row.Get<std::string>("type"));
  change.set_subject(row.Get<std::string>("subject"));
  *change.mutable_time() =
      TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(row.Get<absl::Time>("time")));
  if (!change.mutable_data()->ParseFromString(row.Get<db::Bytes>("payload").value)) {
    return errors::Error(types::v1::ERROR_REASON_INTERNAL_FAULT, "a stored change cannot be read");
  }
  change.mutable_cursor()->set_generation(row.Get<std::string>("generation"));
  change.mutable_cursor()->set_position(row.Get<int64_t>("pos"));
  change.set_sequence(row.Get<int64_t>("seq"));
  change.set_traceparent(row.Get<std::string>("trace"));
  return change;
}

// Reads what comes after a cursor, as far as the caller may see it.
// Errors: OUT_OF_RANGE CURSOR_EXPIRED.
absl::StatusOr<Page> ReadPage(db::Database& database, const runtime::Context& ctx,
                              const v1::Cursor& after, int page_size) {
  constexpr const db::Query& kList = db::Find(sql::kFeed, "ListChanges");
  const bool from_beginning = after.generation().empty() && after.position() == 0;
  return database.Read(ctx, [&](db::Tx& tx) -> absl::StatusOr<Page> {
    ASSIGN_OR_RETURN(const db::Rows rows,
                     tx.Run(kList, {after.position(), SeesInternal(ctx), page_size, kPageBytes,
                                    kStretch, ctx.caller().granted_calls()}));
    const db::Row feed = rows[0];
    Page page;
    page.last = feed.Get<int64_t>("last_pos");
    page.next.set_generation(feed.Get<std::string>("generation"));
    const int64_t forgotten = feed.Get<int64_t>("first_pos") - 1;
    const bool known = after.generation() == page.next.generation() &&
                       after.position() >= forgotten && after.position() <= page.last;
    if (!from_beginning && !known) {
      return errors::Error(types::v1::ERROR_REASON_CURSOR_EXPIRED,
                           "the cursor is not of this feed, or too old: read the lists again")
          .With("field", "after");
    }
    if (feed.IsNull("pos")) {
      page.next.set_position(std::min(std::max(after.position(), forgotten) + kStretch, page.last));
      return page;
    }
    for (int i = 0; i < rows.size(); ++i) {
      ASSIGN_OR_RETURN(v1::Change change, ToChange(rows[i]));
      page.changes.push_back(std::move(change));
    }
    page.next.set_position(page.changes.back().cursor().position());
    return page;
  });
}

// A call of ListChanges until it is answered.
struct Poll {
  const runtime::Context& ctx;
  v1::Cursor after;
  int page_size;
  absl::Time until;
  rpc::Done<v1::ListChangesResponse> done;
};

// A call of WatchChanges. It looks at the database when the feed has moved, and at each heartbeat.
class Watch final : public rpc::ServerStream {
 public:
  Watch(db::Database& database, const Waiters& waiters, const Feed::Options& options,
        v1::Cursor after)
      : database_(database),
        waiters_(waiters),
        options_(options),
        ends_(absl::Now() + options.longest_stream),
        cursor_(std::move(after)) {}

  absl::StatusOr<rpc::StreamStep> Next(const runtime::Context& ctx) override {
    rpc::StreamStep step;
    const absl::Time now = absl::Now();
    if (now >= ends_) {
      step.end = true;
      return step;
    }
    step.pause = options_.interval;
    const bool heartbeat = now >= next_heartbeat_;
    if (!heartbeat && waiters_.position() <= cursor_.position()) {
      return step;
    }
    ASSIGN_OR_RETURN(Page page, ReadPage(database_, ctx, cursor_, kDefaultPage));
    cursor_ = page.next;
    if (cursor_.position() < page.last) {
      step.pause = absl::ZeroDuration();
    }
    if (page.changes.empty() && !heartbeat) {
      return step;
    }
    next_heartbeat_ = now + options_.heartbeat;
    auto response = std::make_unique<v1::WatchChangesResponse>();
    response->mutable_changes()->Assign(page.changes.begin(), page.changes.end());
    *response->mutable_next() = cursor_;
    step.message = std::move(response);
    return step;
  }

 private:
  db::Database& database_;
  const Waiters& waiters_;
  const Feed::Options& options_;
  const absl::Time ends_;
  v1::Cursor cursor_;
  absl::Time next_heartbeat_ = absl::InfinitePast();
};

}  // namespace

class Feed::Impl {
 public:
  Impl(db::Database& database, runtime::Executor& executor, const Options& options)
      : database_(database),
        options_(options),
        waiters_(std::make_shared<Waiters>(executor)),
        sequencer_(database, options_.interval, waiters_) {}

  void AddTo(rpc::ServiceTable& table) {
    table.Async<v1::ListChangesRequest, v1::ListChangesResponse>(
        "ListChanges", [this](const runtime::Context& ctx, const v1::ListChangesRequest& request,
                              rpc::Done<v1::ListChangesResponse> done) {
          ListChanges(ctx, request, std::move(done));
        });
    table.Stream<v1::WatchChangesRequest>(
        "WatchChanges",
        [this](const runtime::Context&, const v1::WatchChangesRequest& request)
            -> absl::StatusOr<std::unique_ptr<rpc::ServerStream>> {
          return std::make_unique<Watch>(database_, *waiters_, options_, request.after());
        });
  }

  Waiters& waiters() { return *waiters_; }
  Sequencer& sequencer() { return sequencer_; }

 private:
  void ListChanges(const runtime::Context& ctx, const v1::ListChangesRequest& request,
                   rpc::Done<v1::ListChangesResponse> done) {
    const absl::Duration wait =
        absl::Nanoseconds(request.wait().nanos()) + absl::Seconds(request.wait().seconds());
    if (wait < absl::ZeroDuration()) {
      done(errors::Error(types::v1::ERROR_REASON_FIELD_INVALID, "a field is not acceptable")
               .Field("wait", "must not be negative"));
      return;
    }
    const int page_size =
        request.page_size() == 0 ? kDefaultPage : std::min(request.page_size(), kLargestPage);
    const absl::Time until =
        std::min(absl::Now() + std::min(wait, kLongestWait), ctx.deadline() - kMargin);
    Continue(std::make_shared<Poll>(Poll{ctx, request.after(), page_size, until, std::move(done)}));
  }

  // Reads until there is something to answer with, or waits for it.
  void Continue(const std::shared_ptr<Poll>& poll) {
    for (;;) {
      absl::StatusOr<Page> page = ReadPage(database_, poll->ctx, poll->after, poll->page_size);
      if (!page.ok()) {
        poll->done(page.status());
        return;
      }
      poll->after = page->next;
      const bool at_end = page->next.position() >= page->last;
      const bool in_time = absl::Now() < poll->until && !poll->ctx.cancelled();
      // What the caller may not see is passed over as long as an answer is still in time, which
      // then tells how far that was.
      if (page->changes.empty() && !at_end && !poll->ctx.cancelled() &&
          absl::Now() < poll->ctx.deadline() - kMargin) {
        continue;
      }
      if (page->changes.empty() && in_time && !waiters_->stopped()) {
        waiters_->Wait(page->next.position(), poll->until, [this, poll] { Continue(poll); });
        return;
      }
      v1::ListChangesResponse response;
      response.mutable_changes()->Assign(page->changes.begin(), page->changes.end());
      *response.mutable_next() = page->next;
      response.set_last_position(page->last);
      poll->done(std::move(response));
      return;
    }
  }

  db::Database& database_;
  const Options options_;
  const std::shared_ptr<Waiters> waiters_;
  Sequencer sequencer_;
};

Feed::Feed(db::Database& database, runtime::Executor& executor, const Options& options)
    : impl_(std::make_unique<Impl>(database, executor, options)) {}

Feed::~Feed() = default;

void Feed::AddTo(rpc::ServiceTable& table) { impl_->AddTo(table); }

void Feed::StopWaiting() { impl_->waiters().Stop(); }

absl::Status Feed::SequenceNow(const runtime::Context& ctx) {
  return impl_->sequencer().SequenceNow(ctx);
}

}  // namespace scharnier::changes
