// Connections that are lost, at each moment that matters.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "common/db/database.h"
#include "common/db/request_log.h"
#include "common/db/thing_test.h"

namespace scharnier::db {
namespace {

using testing::HasReason;
using testing::IsOk;
using testing::IsOkAnd;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// Stands between the pool and Postgres, and cuts one COMMIT short where it is told to.
class Proxy {
 public:
  enum class Cut {
    kNone,
    kBeforeCommit,  // Postgres never hears of it
    kAfterCommit,   // Postgres has committed, and its answer is lost
  };

  explicit Proxy(int target) : target_(target) {
    std::signal(SIGPIPE, SIG_IGN);
    Open();
  }
  ~Proxy() { Close(); }

  int port() const { return port_; }
  void CutNext(Cut cut) { cut_ = cut; }

  // Accepts connections, on the same port each time.
  void Open() {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in address = Loopback(port_);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 64), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    closing_ = false;
    acceptor_ = std::thread([this] { Accept(); });
  }

  // Cuts all connections and takes no more.
  void Close() {
    if (!acceptor_.joinable()) {
      return;
    }
    closing_ = true;
    acceptor_.join();
    close(listener_);
    for (std::thread& thread : pairs_) {
      thread.join();
    }
    pairs_.clear();
  }

 private:
  static constexpr int kSliceMs = 10;  // how often a thread looks whether it has to end

  bool Readable(int a, int b) {
    pollfd polled[] = {{a, POLLIN, 0}, {b, POLLIN, 0}};
    while (!closing_) {
      if (poll(polled, b < 0 ? 1 : 2, kSliceMs) > 0) {
        return true;
      }
    }
    return false;
  }

  void Accept() {
    while (Readable(listener_, -1)) {
      const int client = accept(listener_, nullptr, nullptr);
      pairs_.emplace_back([this, client] { Carry(client); });
    }
  }

  void Carry(int client) {
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = Loopback(target_);
    if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
      while (Readable(client, server) && (Pass(client, server) && Pass(server, client))) {
      }
    }
    close(server);
    close(client);
  }

  // What has come; false at the end or where it is to be cut.
  bool Pass(int from, int to) {
    char buffer[65536];
    const ssize_t size = recv(from, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (size < 0) {
      return errno == EAGAIN;
    }
    const bool commit =
        absl::StrContains(absl::string_view(buffer, std::max<ssize_t>(size, 0)), "; COMMIT");
    const Cut cut = commit ? cut_.exchange(Cut::kNone) : Cut::kNone;
    if (size == 0 || cut == Cut::kBeforeCommit ||
        send(to, buffer, static_cast<size_t>(size), 0) != size) {
      return false;
    }
    if (cut == Cut::kAfterCommit) {
      // ReadyForQuery ends the answer.
      std::string answer;
      while (!absl::EndsWith(answer, absl::string_view("Z\0\0\0\5I", 6))) {
        const ssize_t more = recv(to, buffer, sizeof(buffer), 0);
        if (more <= 0) {
          break;
        }
        answer.append(buffer, static_cast<size_t>(more));
      }
      return false;
    }
    return true;
  }

  const int target_;
  int port_ = 0;
  int listener_ = -1;
  std::atomic<bool> closing_ = false;
  std::atomic<Cut> cut_ = Cut::kNone;
  std::thread acceptor_;
  std::vector<std::thread> pairs_;
};

class LossTest : public ThingTest {
 protected:
  LossTest() : proxy_(Port()), proxied_(Options()) {}

  int Port() {
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(postgres_.Sql("SHOW port")[0], &port));
    return port;
  }
  DatabaseOptions Options() {
    DatabaseOptions options = postgres_.options();
    options.url = absl::StrCat("postgresql://svc_things@127.0.0.1:", proxy_.port(), "/",
                               postgres_.Sql("SELECT current_database()")[0],
                               "?sslmode=disable&gssencmode=disable");
    return options;
  }

  Proxy proxy_;
  Database proxied_;
};

TEST_F(LossTest, AWriteFindsOutWhetherItsCommitHappened) {
  for (const Proxy::Cut cut : {Proxy::Cut::kBeforeCommit, Proxy::Cut::kAfterCommit}) {
    const bool committed = cut == Proxy::Cut::kAfterCommit;
    SCOPED_TRACE(committed);
    const std::string name = committed ? "after" : "before";
    int effects = 0;
    int repetitions = 0;
    proxy_.CutNext(cut);
    const runtime::Context ctx = Call();
    const auto thing = proxied_.Write(
        ctx, Request(name),
        [&](Tx& tx) -> absl::StatusOr<Thing> {
          ++effects;
          RETURN_IF_ERROR(tx.Exec(kInsertThing, name).status());
          return Thing{name};
        },
        [&](Tx&, const std::string& found) -> absl::StatusOr<Thing> {
          ++repetitions;
          return Thing{found};
        });
    EXPECT_THAT(thing, IsOkAnd(::testing::Field(&Thing::id, name)));
    EXPECT_EQ(effects, committed ? 1 : 2);
    EXPECT_EQ(repetitions, committed ? 1 : 0);
  }
  EXPECT_THAT(Count(), IsOkAnd(2));
}

TEST_F(LossTest, ABatchFindsOutWhetherItsCommitHappened) {
  for (const Proxy::Cut cut : {Proxy::Cut::kBeforeCommit, Proxy::Cut::kAfterCommit}) {
    const bool committed = cut == Proxy::Cut::kAfterCommit;
    SCOPED_TRACE(committed);
    const std::string name = committed ? "after" : "before";
    const auto request = Request(name);
    const runtime::Context ctx = Call();
    int repetitions = 0;
    proxy_.CutNext(cut);
    const absl::Status status = proxied_.WriteBatch(ctx, [&](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const auto claims, ClaimRequests(tx, {{&ctx, &request}}));
      RETURN_IF_ERROR(claims[0].status());
      if (claims[0]->has_value()) {
        ++repetitions;
        return absl::OkStatus();
      }
      RETURN_IF_ERROR(tx.Exec(kInsertThing, name).status());
      return FinishRequests(tx, {{&ctx, &request}}, {name});
    });
    EXPECT_THAT(status, IsOk());
    EXPECT_EQ(repetitions, committed ? 1 : 0);
  }
  EXPECT_THAT(Count(), IsOkAnd(2));
}

TEST_F(LossTest, ACommitInDoubtIsNotRepeatedWhereNothingTells) {
  for (const Proxy::Cut cut : {Proxy::Cut::kBeforeCommit, Proxy::Cut::kAfterCommit}) {
    proxy_.CutNext(cut);
    int runs = 0;
    const runtime::Context ctx = Call();
    const absl::Status status = proxied_.Transact(ctx, [&](Tx& tx) {
      ++runs;
      return tx.Exec(kInsertThing, "a").status();
    });
    EXPECT_THAT(status, HasReason(types::v1::ERROR_REASON_DEPENDENCY_AWAY));
    EXPECT_EQ(runs, 1);
  }
  EXPECT_THAT(Count(), IsOkAnd(1));
}

TEST_F(LossTest, ASnapshotNeedsNoAnswerToItsCommit) {
  proxy_.CutNext(Proxy::Cut::kAfterCommit);
  const runtime::Context ctx = Call();
  EXPECT_THAT(proxied_.Snapshot(ctx, [](Tx& tx) { return tx.One(kCountThings, CountFromRow); }),
              IsOkAnd(0));
}

TEST_F(LossTest, AServerThatIsAwayIsSaidToBeAndItsReturnIsNoticed) {
  const runtime::Context ctx = Call();
  const auto count = [&] {
    return proxied_.Read(ctx, [](Tx& tx) { return tx.One(kCountThings, CountFromRow); });
  };
  EXPECT_THAT(count(), IsOkAnd(0));
  proxy_.Close();
  EXPECT_THAT(count(), HasReason(types::v1::ERROR_REASON_DEPENDENCY_AWAY));
  EXPECT_THAT(Make(proxied_, ctx, Request("a")),
              HasReason(types::v1::ERROR_REASON_DEPENDENCY_AWAY));
  EXPECT_THAT(proxied_.Check(true), HasReason(types::v1::ERROR_REASON_DEPENDENCY_AWAY));
  proxy_.Open();
  // Refused at once during the pause after a failure, then connected.
  absl::StatusOr<int64_t> again = count();
  while (!again.ok() && !ctx.expired()) {
    EXPECT_THAT(again, HasReason(types::v1::ERROR_REASON_DEPENDENCY_AWAY));
    again = count();
  }
  EXPECT_THAT(again, IsOkAnd(0));
  EXPECT_THAT(Make(proxied_, ctx, Request("a")), IsOk());
}

TEST_F(LossTest, ThePoolSurvivesTheEndOfAllItsConnections) {
  static constexpr char kEndAll[] =
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
      " WHERE datname = current_database() AND usename = 'svc_things'";
  const auto make_many = [&](const std::string& prefix) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        const runtime::Context ctx = Call();
        EXPECT_THAT(Make(database_, ctx, Request(absl::StrCat(prefix, t))), IsOk());
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  };
  make_many("a");
  postgres_.Sql(kEndAll);
  make_many("b");
  postgres_.Sql(kEndAll);
  EXPECT_THAT(Count(), IsOkAnd(16));
}

TEST_F(LossTest, ATransactionWhoseConnectionEndsIsRunAgain) {
  static constexpr Query kPid = {"ReadPid", "SELECT pg_backend_pid() AS n"};
  int runs = 0;
  const runtime::Context ctx = Call();
  const absl::Status status = database_.Transact(ctx, [&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Exec(kInsertThing, "a").status());
    if (++runs == 1) {
      ASSIGN_OR_RETURN(const int64_t pid, tx.One(kPid, CountFromRow));
      postgres_.Sql(absl::StrCat("SELECT pg_terminate_backend(", pid, ", 5000)"));
    }
    return tx.Exec(kInsertThing, "b").status();
  });
  EXPECT_THAT(status, IsOk());
  EXPECT_EQ(runs, 2);
  EXPECT_THAT(Count(), IsOkAnd(2));
}

TEST_F(LossTest, AConnectionThatDiesInItsCommitIsInDoubtToo) {
  // A deferred trigger ends its own backend, once: the transaction cannot have been committed.
  postgres_.Sql(
      "CREATE SEQUENCE once; GRANT USAGE ON SEQUENCE once TO svc_things;"
      "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
      " IF nextval('things.once') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;"
      " RETURN NULL; END $$;"
      "CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON thing DEFERRABLE INITIALLY DEFERRED"
      " FOR EACH ROW EXECUTE FUNCTION die()");
  const runtime::Context ctx = Call();
  EXPECT_THAT(Make(database_, ctx, Request("a")), IsOk());
  EXPECT_THAT(Count(), IsOkAnd(1));
}

// It may stand in a transaction still, which would fail whoever gets it next.
TEST_F(LossTest, AConnectionThatFailsToEndItsTransactionIsNotUsedAgain) {
  postgres_.Sql(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
      " RAISE query_canceled; END $$;"
      "CREATE CONSTRAINT TRIGGER refuses AFTER INSERT ON thing DEFERRABLE INITIALLY DEFERRED"
      " FOR EACH ROW EXECUTE FUNCTION refuse()");
  static constexpr Query kPid = {"ReadPid", "SELECT pg_backend_pid() AS n"};
  const runtime::Context ctx = Call();
  const auto pid = [&] {
    return database_.Read(ctx, [](Tx& tx) { return tx.One(kPid, CountFromRow); });
  };
  const auto before = pid();
  ASSERT_THAT(before, IsOk());
  EXPECT_THAT(pid(), IsOkAnd(*before));
  EXPECT_THAT(Make(database_, ctx, Request("a")),
              HasReason(types::v1::ERROR_REASON_DEADLINE_PASSED));
  const auto after = pid();
  ASSERT_THAT(after, IsOk());
  EXPECT_NE(*after, *before);
}

}  // namespace
}  // namespace scharnier::db
