#include "common/rpc/probe.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

#include "absl/strings/str_cat.h"
#include "common/rpc/change_table.h"
#include "common/testing/eventually.h"
#include "common/testing/server.h"
#include "gmock/gmock.h"

namespace scharnier::rpc {
namespace {

using testing::Eventually;

// Listens, and never accepts: like a gRPC server that has gone deaf.
class DeafPort {
 public:
  DeafPort() : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    const bool listens = bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                         listen(fd_, 16) == 0 &&
                         getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    EXPECT_TRUE(listens);
    port_ = ntohs(address.sin_port);
  }
  ~DeafPort() { close(fd_); }
  int port() const { return port_; }

 private:
  int fd_;
  int port_;
};

TEST(CanConnect, TellsALivePortFromADeafOne) {
  testing::TestServer server;
  server.Start(
      ListTable([](const runtime::Context&, const ListRequest&) { return ListResponse(); }));
  EXPECT_TRUE(CanConnect(server.address(), true, absl::Seconds(10)));
  EXPECT_TRUE(
      CanConnect(absl::StrCat("0.0.0.0:", server.server().port()), true, absl::Seconds(10)));
  const DeafPort deaf;
  EXPECT_FALSE(CanConnect(absl::StrCat("127.0.0.1:", deaf.port()), true, absl::Milliseconds(200)));
}

TEST(CanConnect, LogsNoNameThatSomebodyAsksFor) {
  testing::TestServer server;
  ServerOptions options = testing::TestServer::Options();
  options.address = "0.0.0.0:0";
  server.Start(
      ListTable([](const runtime::Context&, const ListRequest&) { return ListResponse(); }),
      options);
  ::testing::internal::CaptureStderr();
  // No certificate says that it is this one's.
  EXPECT_TRUE(
      CanConnect(absl::StrCat("127.0.0.2:", server.server().port()), true, absl::Seconds(10)));
  server.Stop();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              ::testing::Not(::testing::HasSubstr("127.0.0.2")));
}

TEST(SelfProbe, GivesUpAfterThreeFailuresInARow) {
  // Two failures, a success, three failures.
  const std::vector<bool> answers = {false, false, true, false, false, false};
  std::atomic<size_t> asked = 0;
  std::atomic<int> given_up = 0;
  SelfProbe probe(absl::Milliseconds(1), [&] { return answers[asked++]; }, [&] { ++given_up; });
  EXPECT_TRUE(Eventually([&] { return given_up == 1; }));
  EXPECT_EQ(asked, answers.size());
  EXPECT_TRUE(probe.deaf());
  probe.Stop();
  EXPECT_EQ(given_up, 1);
}

TEST(SelfProbe, GoesOnWhileAllIsWell) {
  std::atomic<int> asked = 0;
  SelfProbe probe(absl::Milliseconds(1), [&] { return ++asked > 0; }, [] { ADD_FAILURE(); });
  EXPECT_TRUE(Eventually([&] { return asked > 10; }));
  EXPECT_FALSE(probe.deaf());
}

}  // namespace
}  // namespace scharnier::rpc
