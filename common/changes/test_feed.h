// File: test_feed.h
// What the tests of the feed share: a database of a service, changes to put into it, and a reader.

#ifndef SCHARNIER_COMMON_CHANGES_TEST_FEED_H_
#define SCHARNIER_COMMON_CHANGES_TEST_FEED_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/changes/feed.h"
#include "common/changes/record.h"
#include "common/db/database.h"
#include "common/errors/macros.h"
#include "common/rpc/service_table.h"
#include "common/runtime/executor.h"
#include "common/runtime/keyring.h"
#include "common/runtime/uuid.h"
#include "common/testing/postgres.h"
#include "scharnier/changes/v1/change.pb.h"
#include "scharnier/events/v1/session.pb.h"

namespace scharnier::changes {

// A context of a caller, made now.
inline std::unique_ptr<runtime::Context> ContextOf(runtime::Caller caller,
                                                   absl::Duration deadline = absl::Seconds(60)) {
  const absl::Time now = absl::Now();
  return std::make_unique<runtime::Context>(
      runtime::Context::Options{.caller = std::move(caller),
                                .now = now,
                                .deadline = now + deadline,
                                .method = "Test/Call",
                                .trace = runtime::StartSpan("")});
}
inline std::unique_ptr<runtime::Context> ContextOf(options::v1::Role role,
                                                   absl::Duration deadline = absl::Seconds(60)) {
  return ContextOf(runtime::Caller{.role = role, .subject = "tester"}, deadline);
}

// The events service's database, to which changes of sessions are written.
class TestService {
 public:
  TestService() : postgres("events", {}), database(postgres.options()) {}

  // Writes a change of each session named, in one transaction that does `before_commit` last.
  absl::Status Write(const std::vector<std::string>& names, Audience audience = Audience::kInternal,
                     const std::function<absl::Status(db::Tx&)>& before_commit = nullptr) {
    const auto ctx = ContextOf(options::v1::ROLE_STAFF);
    return database.Transact(*ctx, [&](db::Tx& tx) -> absl::Status {
      return WriteIn(tx, *ctx, names, audience, before_commit);
    });
  }
  absl::Status WriteIn(db::Tx& tx, const runtime::Context& ctx,
                       const std::vector<std::string>& names, Audience audience,
                       const std::function<absl::Status(db::Tx&)>& before_commit) {
    std::vector<events::v1::Session> sessions(names.size());
    std::vector<Record> records;
    for (std::size_t i = 0; i < names.size(); ++i) {
      sessions[i].set_name(names[i]);
      sessions[i].set_capacity(20);
      records.push_back({.ctx = &ctx,
                         .request_id = "",
                         .name = names[i],
                         .type = "session.published",
                         .after = &sessions[i],
                         .audience = audience,
                         .scope = {},
                         .reason = ""});
    }
    RETURN_IF_ERROR(Append(tx, keyring, records));
    return before_commit == nullptr ? absl::OkStatus() : before_commit(tx);
  }

  static std::string NewName() { return absl::StrCat("sessions/", runtime::NewUuid()); }

  testing::TestDatabase postgres;
  db::Database database;
  const runtime::Keyring keyring = runtime::Keyring::Random();
};

// A feed over a database, and calls to its methods without a server.
class TestReader {
 public:
  TestReader(db::Database& database, const Feed::Options& options, int threads = 2)
      : executor(threads, 100),
        feed(database, executor, options),
        table("scharnier.events.v1.ChangeService") {
    feed.AddTo(table);
  }
  ~TestReader() { executor.Stop(); }

  // Begins a call of ListChanges; `answered` gets its answer.
  void StartList(const runtime::Context& ctx, const v1::ListChangesRequest& request,
                 rpc::Done<v1::ListChangesResponse> answered) {
    executor.Submit([this, &ctx, &request, answered = std::move(answered)]() mutable {
      Method("ListChanges")
          .unary(ctx, request,
                 [answered = std::move(answered)](
                     const absl::Status& status, const google::protobuf::Message* message) mutable {
                   if (status.ok()) {
                     answered(static_cast<const v1::ListChangesResponse&>(*message));
                   } else {
                     answered(status);
                   }
                 });
    });
  }
  absl::StatusOr<v1::ListChangesResponse> List(const runtime::Context& ctx,
                                               const v1::ListChangesRequest& request) {
    absl::StatusOr<v1::ListChangesResponse> answer;
    absl::Notification done;
    StartList(ctx, request, [&](absl::StatusOr<v1::ListChangesResponse> response) {
      answer = std::move(response);
      done.Notify();
    });
    done.WaitForNotification();
    return answer;
  }
  absl::StatusOr<std::unique_ptr<rpc::ServerStream>> Watch(const runtime::Context& ctx,
                                                           const v1::Cursor& after) {
    v1::WatchChangesRequest request;
    *request.mutable_after() = after;
    return Method("WatchChanges").stream(ctx, request);
  }

  runtime::Executor executor;
  Feed feed;
  rpc::ServiceTable table;

 private:
  const rpc::ServiceTable::Method& Method(const std::string& name) const {
    for (const rpc::ServiceTable::Method& method : table.methods()) {
      if (method.descriptor->name() == name) {
        return method;
      }
    }
    std::abort();
  }
};

}  // namespace scharnier::changes

#endif  // SCHARNIER_COMMON_CHANGES_TEST_FEED_H_
