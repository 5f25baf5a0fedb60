#include "common/rpc/server.h"

#include <unistd.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "common/rpc/change_table.h"
#include "common/runtime/metrics.h"
#include "common/runtime/process.h"
#include "common/testing/callers.h"
#include "common/testing/eventually.h"
#include "common/testing/matchers.h"
#include "common/testing/raw_call.h"
#include "common/testing/server.h"
#include "gmock/gmock.h"

namespace scharnier::rpc {
namespace {

using testing::Eventually;
using testing::HasCode;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::RawCall;
using testing::TestServer;

constexpr char kService[] = "service notifications";
constexpr char kReflection[] = "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
// ServerReflectionRequest {string list_services = 7}.
constexpr char kListServices[] = "\x3a\x01*";

std::vector<ServiceTable> Table() {
  return ListTable([](const runtime::Context&, const ListRequest&) { return ListResponse(); });
}

class ServerStart : public ::testing::Test {
 protected:
  absl::Status Start(const ServerOptions& options, std::vector<ServiceTable> tables) {
    return Server::Start(options, std::move(tables), executor_, clock_, *authenticator_,
                         [] { return absl::OkStatus(); })
        .status();
  }
  runtime::Executor executor_{1, 1};
  runtime::ManualClock clock_{absl::UnixEpoch()};
  runtime::Keyring keyring_ = runtime::Keyring::Random();
  std::unique_ptr<Authenticator> authenticator_ = testing::Callers::Get().Authenticator(keyring_);
};

TEST_F(ServerStart, RefusesATableWithGaps) {
  std::vector<ServiceTable> tables;
  tables.emplace_back("scharnier.events.v1.ChangeService");
  const absl::Status status = Start({}, std::move(tables));
  EXPECT_THAT(status, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()),
              ::testing::AllOf(HasSubstr("ListChanges: no function"),
                               HasSubstr("WatchChanges: no function")));
}

TEST_F(ServerStart, RefusesPlaintextBeyondLoopback) {
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:50051", "example.org:50051"}) {
    EXPECT_THAT(Start({.address = address}, Table()),
                HasCode(absl::StatusCode::kFailedPrecondition))
        << address;
  }
  for (const char* address : {"127.0.0.1:0", "localhost:0", "[::1]:0"}) {
    EXPECT_THAT(Start({.address = address}, Table()), IsOk()) << address;
  }
}

TEST_F(ServerStart, SaysWhichAddressIsBusy) {
  TestServer other;
  other.Start(Table());
  for (const auto& options : {ServerOptions{.address = other.address()},
                              ServerOptions{.health_address = other.health_address()}}) {
    const absl::Status status = Start(options, Table());
    EXPECT_THAT(status, HasCode(absl::StatusCode::kUnavailable));
    const std::string busy =
        options.address == "127.0.0.1:0" ? options.health_address : options.address;
    EXPECT_THAT(std::string(status.message()),
                ::testing::AllOf(HasSubstr(busy), HasSubstr("choose another address")));
  }
}

TEST(Health, FollowsReadiness) {
  absl::Mutex mutex;
  absl::Status ready = absl::UnavailableError("no database yet");
  const auto set = [&](absl::Status status) {
    absl::MutexLock lock(&mutex);
    ready = std::move(status);
  };
  std::atomic<int> asked = 0;
  TestServer server;
  server.Start(Table(), TestServer::Options(), [&] {
    ++asked;
    absl::MutexLock lock(&mutex);
    return ready;
  });
  EXPECT_TRUE(Eventually([&] { return asked > 2; }));
  EXPECT_EQ(server.Health(), "NOT_SERVING");
  set(absl::OkStatus());
  EXPECT_TRUE(Eventually([&] { return server.Health() == "SERVING"; }));
  set(absl::UnavailableError("the database is away"));
  EXPECT_TRUE(Eventually([&] { return server.Health() == "NOT_SERVING"; }));
  // Not ready, and yet it answers.
  EXPECT_THAT(server.Call<ListResponse>(kService, kList, ListRequest()), IsOk());
  set(absl::OkStatus());
  EXPECT_TRUE(Eventually([&] { return server.Health() == "SERVING"; }));
}

TEST(Health, IsAliveWithoutBeingReady) {
  TestServer server;
  server.Start(Table(), TestServer::Options(),
               [] { return absl::UnavailableError("the database is away"); });
  EXPECT_EQ(server.Health("liveness"), "SERVING");
  EXPECT_EQ(server.Health(), "NOT_SERVING");
  EXPECT_THAT(server.Health("organisations"), HasSubstr("NOT_FOUND"));
}

TEST(Health, HasAPortOfItsOwn) {
  TestServer server;
  server.Start(Table());
  EXPECT_THAT(RawCall(server.health_address(), kList, "", {.plaintext = true}).Finish(),
              HasCode(absl::StatusCode::kUnimplemented));
  EXPECT_THAT(RawCall(server.address(), "grpc.health.v1.Health/Check", "").Finish(),
              HasCode(absl::StatusCode::kUnimplemented));
}

TEST(Reflection, IsThereWhenAskedFor) {
  for (const bool reflection : {true, false, true}) {
    SCOPED_TRACE(reflection);
    ServerOptions options = TestServer::Options();
    options.reflection = reflection;
    TestServer server;
    server.Start(Table(), options);
    RawCall call(server.address(), kReflection, kListServices);
    const auto answer = call.Read();
    if (reflection) {
      ASSERT_TRUE(answer.has_value());
      EXPECT_THAT(*answer, HasSubstr("scharnier.events.v1.ChangeService"));
    } else {
      EXPECT_THAT(call.Finish(), HasCode(absl::StatusCode::kUnimplemented));
    }
    EXPECT_THAT(
        RawCall(server.health_address(), kReflection, kListServices, {.plaintext = true}).Finish(),
        HasCode(absl::StatusCode::kUnimplemented));
  }
}

TEST(Drain, LetsRunningCallsEnd) {
  absl::Notification running, release;
  TestServer server;
  server.Start(ListTable([&](const runtime::Context&, const ListRequest&) {
    running.Notify();
    release.WaitForNotification();
    return ListResponse();
  }));
  const std::string address = server.address();
  std::thread call(
      [&] { EXPECT_THAT(RawCall(address, kList, "", {.caller = kService}).Finish(), IsOk()); });
  running.WaitForNotification();
  std::thread drain([&] { server.server().Drain(); });
  EXPECT_TRUE(Eventually([&] { return server.Health() == "NOT_SERVING"; }));
  EXPECT_TRUE(Eventually([&] {
    return absl::IsUnavailable(RawCall(address, kList, "", {.caller = kService}).Finish());
  }));
  release.Notify();
  call.join();
  drain.join();
  server.server().Drain();  // does no harm
}

TEST(Drain, CancelsCallsThatRunTooLong) {
  absl::Notification running;
  TestServer server;
  ServerOptions options = TestServer::Options();
  options.drain = absl::Milliseconds(1);
  std::atomic<bool> cancelled = false;
  server.Start(ListTable([&](const runtime::Context& ctx, const ListRequest&) {
                 running.Notify();
                 cancelled = Eventually([&ctx] { return ctx.cancelled(); });
                 return ListResponse();
               }),
               options);
  RawCall call(server.address(), kList, "", {.caller = kService});
  running.WaitForNotification();
  server.server().Drain();
  EXPECT_TRUE(cancelled);
}

// A probe that may take no time always fails. In a process of its own, which waits for its end as
// services do.
TEST(SelfProbeDeathTest, MakesADeafProcessEnd) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto serve = [] {
    runtime::BlockSignals();
    TestServer server;
    ServerOptions options = TestServer::Options();
    options.probe_interval = absl::Milliseconds(1);
    options.probe_timeout = absl::ZeroDuration();
    server.Start(Table(), options);
    const bool asked_to_end = runtime::WaitForShutdown() == 0;
    _exit(asked_to_end && server.server().deaf() && server.Health() == "NOT_SERVING" ? 3 : 4);
  };
  EXPECT_EXIT(serve(), ::testing::ExitedWithCode(3), "the own port is deaf");
}

TEST(Metrics, CarryTheEcosystemsNames) {
  TestServer server;
  server.Start(Table());
  EXPECT_THAT(server.Call<ListResponse>(kService, kList, ListRequest()), IsOk());
  const std::string text = metrics::Render();
  for (const char* name : {"grpc_server_started_total", "grpc_server_handled_total",
                           "grpc_server_handling_seconds_count"}) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat(name, "{")));
  }
  EXPECT_THAT(text, HasSubstr("grpc_service=\"scharnier.events.v1.ChangeService\""));
  EXPECT_THAT(text, HasSubstr("grpc_method=\"ListChanges\""));
  EXPECT_THAT(text, HasSubstr("grpc_code=\"OK\""));
  EXPECT_TRUE(
      Eventually([] { return metrics::Render().find("executor_queued") != std::string::npos; }));
}

}  // namespace
}  // namespace scharnier::rpc
