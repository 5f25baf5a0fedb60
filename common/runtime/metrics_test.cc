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

// What the port of this machine answers to GET /metrics.
std::string Get(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
    EXPECT_EQ(write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
    char buffer[4096];
    for (ssize_t n = 0; (n = read(fd, buffer, sizeof(buffer))) > 0;) {
      answer.append(buffer, static_cast<size_t>(n));
    }
  }
  close(fd);
  return answer;
}

TEST(Counter, CountsByItsLabels) {
  auto& calls = Counter("test_calls_total", "Calls, by code", {"method", "code"});
  calls.Add({"Get", "OK"});
  calls.Add({"Get", "OK"}, 2);
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
    EXPECT_THAT(Get(port), AllOf(HasSubstr("200 OK"), HasSubstr("text/plain"),
                                 HasSubstr("test_served_total 1\n")));
  }
  EXPECT_EQ(Get(port), "");
}

TEST(Serve, RefusesAPortThatIsTakenAndAnAddressThatIsNone) {
  auto endpoint = Serve("127.0.0.1:0");
  ASSERT_THAT(endpoint, IsOk());
  EXPECT_THAT(Serve(absl::StrCat("127.0.0.1:", (*endpoint)->port())),
              HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Serve("nowhere"), HasCode(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace scharnier::metrics
