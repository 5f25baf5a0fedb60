#include "common/rpc/client.h"

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/errors/errors.h"
#include "common/rpc/change_table.h"
#include "common/testing/callers.h"
#include "common/testing/eventually.h"
#include "common/testing/matchers.h"
#include "common/testing/server.h"
#include "gmock/gmock.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using testing::Eventually;
using testing::HasMetadata;
using testing::HasReason;
using testing::IsOk;
using testing::TestServer;

class ClientTest : public ::testing::Test {
 protected:
  using List =
      std::function<absl::StatusOr<ListResponse>(const runtime::Context&, const ListRequest&)>;

  void Start(const List& list, const ServerOptions& options = TestServer::Options()) {
    server_.Start(ListTable(list), options);
    client_ = std::make_unique<Client>(ClientOptions{
        .target = server_.address(), .tls = testing::Callers::Get().Tls("service notifications")});
  }
  absl::Status Call(absl::Duration timeout = absl::Seconds(30)) {
    const runtime::Context ctx({});
    return client_->Call<ListResponse>(ctx, kList, ListRequest(), timeout).status();
  }
  // Serves a call that lasts until its caller is gone.
  void StartWaiting(const ServerOptions& options = TestServer::Options()) {
    Start(
        [this](const runtime::Context& ctx, const ListRequest&) {
          ++calls_;
          Eventually([&ctx] { return ctx.cancelled(); });
          return ListResponse();
        },
        options);
  }

  std::atomic<int> calls_ = 0;
  TestServer server_;
  std::unique_ptr<Client> client_;
};

TEST_F(ClientTest, CarriesIdentityAndTrace) {
  std::string caller, trace_id;
  absl::Notification called;
  Start([&](const runtime::Context& ctx, const ListRequest&) {
    caller = ctx.caller().Id();
    trace_id = ctx.trace().trace_id;
    called.Notify();
    return ListResponse();
  });
  runtime::Context::Options options;
  options.trace = runtime::StartSpan("");
  const runtime::Context ctx(options);
  EXPECT_THAT(client_->Call<ListResponse>(ctx, kList, ListRequest()), IsOk());
  called.WaitForNotification();
  EXPECT_EQ(caller, "service:notifications");
  EXPECT_EQ(trace_id, ctx.trace().trace_id);
}

TEST_F(ClientTest, GivesTheServicesErrors) {
  Start([](const runtime::Context&, const ListRequest&) {
    return errors::Error(types::v1::ERROR_REASON_CURSOR_EXPIRED, "too old").With("field", "after");
  });
  EXPECT_THAT(Call(), ::testing::AllOf(HasReason(types::v1::ERROR_REASON_CURSOR_EXPIRED),
                                       HasMetadata("field", "after")));
}

TEST_F(ClientTest, RepeatsWhatWasUnavailable) {
  Start([this](const runtime::Context&, const ListRequest&) -> absl::StatusOr<ListResponse> {
    if (++calls_ < 3) {
      return errors::Error(types::v1::ERROR_REASON_DEPENDENCY_AWAY, "the database is away");
    }
    return ListResponse();
  });
  EXPECT_THAT(Call(), IsOk());
  EXPECT_EQ(calls_, 3);
}

TEST_F(ClientTest, RepeatsNoMoreThanItMay) {
  Start([this](const runtime::Context&, const ListRequest&) {
    ++calls_;
    return errors::Error(types::v1::ERROR_REASON_DEPENDENCY_AWAY, "the database is away");
  });
  EXPECT_THAT(Call(), HasReason(types::v1::ERROR_REASON_DEPENDENCY_AWAY));
  EXPECT_EQ(calls_, 3);
}

TEST_F(ClientTest, RepeatsNothingElse) {
  Start([this](const runtime::Context&, const ListRequest&) {
    ++calls_;
    return errors::Error(types::v1::ERROR_REASON_CONFLICT, "again");
  });
  EXPECT_THAT(Call(), HasReason(types::v1::ERROR_REASON_CONFLICT));
  EXPECT_EQ(calls_, 1);
}

TEST_F(ClientTest, SaysWhoIsAway) {
  Start([](const runtime::Context&, const ListRequest&) { return ListResponse(); });
  server_.server().Drain();
  EXPECT_THAT(Call(),
              ::testing::AllOf(HasReason(types::v1::ERROR_REASON_DEPENDENCY_AWAY),
                               HasMetadata("dependency", "scharnier.events.v1.ChangeService")));
}

TEST_F(ClientTest, TakesACallThatAServerDropsAtItsEndForAServerThatIsAway) {
  ServerOptions options = TestServer::Options();
  options.drain = absl::Milliseconds(1);
  StartWaiting(options);
  std::thread call(
      [this] { EXPECT_THAT(Call(), HasReason(types::v1::ERROR_REASON_DEPENDENCY_AWAY)); });
  EXPECT_TRUE(Eventually([this] { return calls_ == 1; }));
  server_.server().Drain();
  call.join();
}

TEST_F(ClientTest, GivesUpInTime) {
  StartWaiting();
  EXPECT_THAT(Call(absl::Milliseconds(50)), HasReason(types::v1::ERROR_REASON_DEADLINE_PASSED));
}

TEST_F(ClientTest, LeavesItsOwnCallerTime) {
  StartWaiting();
  runtime::Context::Options options;
  options.deadline = absl::Now() + absl::Milliseconds(200);
  const runtime::Context ctx(options);
  EXPECT_THAT(client_->Call<ListResponse>(ctx, kList, ListRequest(), absl::Seconds(30)),
              HasReason(types::v1::ERROR_REASON_DEADLINE_PASSED));
}

TEST_F(ClientTest, RefusesAMethodThatIsNotThere) {
  Start([](const runtime::Context&, const ListRequest&) { return ListResponse(); });
  const runtime::Context ctx({});
  EXPECT_THAT(
      client_->Call<ListResponse>(ctx, "scharnier.events.v1.ChangeService/No", ListRequest()),
      ::testing::AllOf(HasReason(types::v1::ERROR_REASON_INTERNAL_FAULT),
                       HasMetadata("grpc_code", "UNIMPLEMENTED")));
}

TEST_F(ClientTest, ShutdownEndsCallsThatWait) {
  StartWaiting();
  std::thread call(
      [this] { EXPECT_THAT(Call(), HasReason(types::v1::ERROR_REASON_CALL_CANCELLED)); });
  EXPECT_TRUE(Eventually([this] { return calls_ == 1; }));
  client_->Shutdown();
  call.join();
  EXPECT_THAT(Call(), HasReason(types::v1::ERROR_REASON_CALL_CANCELLED));
  EXPECT_EQ(calls_, 1);
}

TEST_F(ClientTest, ShutdownEndsTheRestBetweenAttempts) {
  Start([this](const runtime::Context&, const ListRequest&) {
    ++calls_;
    return errors::Error(types::v1::ERROR_REASON_DEPENDENCY_AWAY, "the database is away");
  });
  client_ = std::make_unique<Client>(
      ClientOptions{.target = server_.address(),
                    .tls = testing::Callers::Get().Tls("service notifications"),
                    .attempts = 1'000'000});
  std::thread call([this] { EXPECT_THAT(Call(absl::Minutes(10)), ::testing::Not(IsOk())); });
  EXPECT_TRUE(Eventually([this] { return calls_ > 1; }));
  client_->Shutdown();
  call.join();
}

}  // namespace
}  // namespace scharnier::rpc
