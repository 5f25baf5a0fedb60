#include "common/runtime/metrics.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"

namespace scharnier::metrics {
namespace {

using ::scharnier::testing::HasCode;
using ::scharnier::testing::IsOk;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A connection to a port of this machine; -1 where nobody listens.
int Connect(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

// What the port answers to these pieces of a request.
std::string Ask(int port, const std::vector<std::string>& pieces) {
  const int fd = Connect(port);
  std::string answer;
  for (const std::string& piece : pieces) {
    EXPECT_EQ(send(fd, piece.data(), piece.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(piece.size()));
  }
  char buffer[4096];
  for (ssize_t n = 0; (n = read(fd, buffer, sizeof(buffer))) > 0;) {
    answer.append(buffer, static_cast<size_t>(n));
  }
  close(fd);
  return answer;
}

std::string Get(int port, const std::string& path) {
  return Ask(port, {absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: x\r\n\r\n")});
}

TEST(Counter, CountsByItsLabels) {
  auto& calls = Counter("test_calls_total", "Calls, by code", {"method", "code"});
  calls.Add({"Get", "OK"});
  calls.Add({"Get", "OK"});
  calls.Add({"Get", "OK"});
  calls.Add({"Get", "NOT_FOUND"});
  EXPECT_THAT(Render(),
              AllOf(HasSubstr("# HELP test_calls_total Calls, by code\n"),
                    HasSubstr("# TYPE test_calls_total counter\n"),
                    HasSubstr("test_calls_total{code=\"OK\",method=\"Get\"} 3\n"),
                    HasSubstr("test_calls_total{code=\"NOT_FOUND\",method=\"Get\"} 1\n")));
}

TEST(Counter, IsTheSameByTheSameName) {
  auto& first = Counter("test_same_total", "The same", {});
  auto& second = Counter("test_same_total", "The same", {});
  EXPECT_EQ(&first, &second);
  first.Add({});
  second.Add({});
  EXPECT_THAT(Render(), HasSubstr("test_same_total 2\n"));
}

TEST(Gauge, GoesUpAndDown) {
  auto& queue = Gauge("test_queue", "Tasks that wait", {"pool"});
  queue.Set({"api"}, 5);
  queue.Set({"api"}, 2);
  EXPECT_THAT(Render(), HasSubstr("test_queue{pool=\"api\"} 2\n"));
}

TEST(Histogram, HasBucketsFromAMillisecondToTenSeconds) {
  auto& seconds = Histogram("test_seconds", "How long", {"method"});
  seconds.Observe({"Get"}, 0.0005);
  seconds.Observe({"Get"}, 11);
  EXPECT_THAT(Render(), AllOf(HasSubstr("test_seconds_bucket{method=\"Get\",le=\"0.001\"} 1\n"),
                              HasSubstr("test_seconds_bucket{method=\"Get\",le=\"10\"} 1\n"),
                              HasSubstr("test_seconds_bucket{method=\"Get\",le=\"+Inf\"} 2\n"),
                              HasSubstr("test_seconds_count{method=\"Get\"} 2\n")));
}

TEST(Counter, CountsFromManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      for (int n = 0; n < 500; ++n) {
        Counter("test_threads_total", "Threads", {"thread"}).Add({absl::StrCat(i % 2)});
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_THAT(Render(), AllOf(HasSubstr("test_threads_total{thread=\"0\"} 1000\n"),
                              HasSubstr("test_threads_total{thread=\"1\"} 1000\n")));
}

TEST(Serve, AnswersOverHttpUntilDestroyed) {
  Counter("test_served_total", "Served", {}).Add({});
  int port = 0;
  {
    auto endpoint = Serve("127.0.0.1:0");
    ASSERT_THAT(endpoint, IsOk());
    port = (*endpoint)->port();
    for (int i = 0; i < 3; ++i) {
      EXPECT_THAT(Get(port, "/metrics"),
                  AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("text/plain; version=0.0.4"),
                        HasSubstr("test_served_total 1\n")));
    }
  }
  EXPECT_EQ(Connect(port), -1);
}

TEST(Serve, KnowsNothingElse) {
  auto endpoint = Serve("127.0.0.1:0");
  ASSERT_THAT(endpoint, IsOk());
  const int port = (*endpoint)->port();
  EXPECT_THAT(Get(port, "/metrics?name=x"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Get(port, "/"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Get(port, "/metricsx"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Ask(port, {"POST /metrics HTTP/1.1\r\n\r\n"}), StartsWith("HTTP/1.1 404"));
}

TEST(Serve, PutsARequestTogetherThatComesInPieces) {
  auto endpoint = Serve("127.0.0.1:0");
  ASSERT_THAT(endpoint, IsOk());
  EXPECT_THAT(Ask((*endpoint)->port(), {"GET /me", "trics HTTP/1.1\r\n", "\r", "\n"}),
              StartsWith("HTTP/1.1 200"));
}

TEST(Serve, GoesOnAfterClientsThatSendNothingOrTooMuch) {
  auto endpoint = Serve("127.0.0.1:0");
  ASSERT_THAT(endpoint, IsOk());
  const int port = (*endpoint)->port();
  const int silent = Connect(port);
  close(Connect(port));
  EXPECT_THAT(Ask(port, {std::string(9000, 'x')}), ::testing::IsEmpty());
  EXPECT_THAT(Get(port, "/metrics"), StartsWith("HTTP/1.1 200"));
  close(silent);
}

TEST(Serve, EndsAtOnceWhateverAClientDoes) {
  auto endpoint = Serve("127.0.0.1:0");
  ASSERT_THAT(endpoint, IsOk());
  const int silent = Connect((*endpoint)->port());
  endpoint->reset();
  char byte = 0;
  EXPECT_LE(recv(silent, &byte, 1, 0), 0) << "closed";
  close(silent);
}

TEST(Serve, RefusesAPortThatIsTakenAndAnAddressThatIsNone) {
  auto endpoint = Serve("127.0.0.1:0");
  ASSERT_THAT(endpoint, IsOk());
  EXPECT_THAT(Serve(absl::StrCat("127.0.0.1:", (*endpoint)->port())),
              HasCode(absl::StatusCode::kUnavailable));
  for (const char* address : {"nowhere", "127.0.0.1:http9", "256.0.0.1:0", ""}) {
    EXPECT_THAT(Serve(address), HasCode(absl::StatusCode::kUnavailable)) << address;
  }
}

}  // namespace
}  // namespace scharnier::metrics
