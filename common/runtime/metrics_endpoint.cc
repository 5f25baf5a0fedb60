#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/runtime/metrics.h"

// A responder of our own: the one of prometheus-cpp takes up to two seconds to stop, which every
// drain and every test would pay.
namespace scharnier::metrics {
namespace {

constexpr size_t kMaxRequestBytes = 8192;
// A client that dawdles holds up the next: it is given this long to ask, and as long to take each
// piece.
constexpr absl::Duration kPatience = absl::Seconds(1);
constexpr absl::Duration kPauseWithoutDescriptors = absl::Milliseconds(100);

// An open file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;

  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::string Answer(absl::string_view request) {
  const bool known =
      absl::StartsWith(request, "GET /metrics ") || absl::StartsWith(request, "GET /metrics?");
  const std::string body = known ? Render() : "Metrics are at /metrics.\n";
  return absl::StrCat("HTTP/1.1 ", known ? "200 OK" : "404 Not Found",
                      "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n",
                      "Content-Length: ", body.size(), "\r\nConnection: close\r\n\r\n", body);
}

class HttpEndpoint final : public Endpoint {
 public:
  HttpEndpoint(Descriptor listener, Descriptor stop, int port)
      : listener_(std::move(listener)),
        stop_(std::move(stop)),
        port_(port),
        thread_([this] { Run(); }) {}
  ~HttpEndpoint() override {
    eventfd_write(stop_.get(), 1);
    thread_.join();
  }
  int port() const override { return port_; }

 private:
  // Waits until there is something to read or the time is up. Whether the endpoint ends.
  bool Stopped(int fd, absl::Duration patience) const {
    std::array<pollfd, 2> polled = {{{stop_.get(), POLLIN, 0}, {fd, POLLIN, 0}}};
    const bool forever = patience == absl::InfiniteDuration();
    poll(polled.data(), polled.size(),
         forever ? -1
                 : static_cast<int>(
                       absl::ToInt64Milliseconds(std::max(patience, absl::ZeroDuration()))));
    return polled[0].revents != 0;
  }

  void Run() const {
    while (!Stopped(listener_.get(), absl::InfiniteDuration())) {
      const Descriptor client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (client.ok()) {
        Serve(client.get());
      } else {
        Stopped(-1, kPauseWithoutDescriptors);
      }
    }
  }

  void Serve(int client) const {
    const timeval patience = absl::ToTimeval(kPatience);
    setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    std::string request;
    const absl::Time deadline = absl::Now() + kPatience;
    while (!absl::StrContains(request, "\r\n\r\n")) {
      if (request.size() > kMaxRequestBytes || Stopped(client, deadline - absl::Now())) {
        return;
      }
      std::array<char, 1024> piece{};
      const ssize_t count = recv(client, piece.data(), piece.size(), MSG_DONTWAIT);
      if (count <= 0) {
        return;
      }
      request.append(piece.data(), static_cast<size_t>(count));
    }
    const std::string answer = Answer(request);
    for (absl::string_view rest = answer; !rest.empty();) {
      const ssize_t count = send(client, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (count <= 0) {
        return;
      }
      rest.remove_prefix(static_cast<size_t>(count));
    }
  }

  const Descriptor listener_;
  const Descriptor stop_;  // becomes readable when the endpoint ends
  const int port_;
  std::thread thread_;
};

// A socket that listens on the address; its errno says why where there is none.
Descriptor Listen(const addrinfo& address) {
  Descriptor listener(socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  const bool listens = listener.ok() &&
                       setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
                       bind(listener.get(), address.ai_addr, address.ai_addrlen) == 0 &&
                       listen(listener.get(), SOMAXCONN) == 0;
  return listens ? std::move(listener) : Descriptor(-1);
}

int PortOf(const Descriptor& listener) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  // The port stands at the same place for both families.
  return ntohs(reinterpret_cast<const sockaddr_in&>(bound).sin_port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Endpoint>> Serve(const std::string& address) {
  const auto refuse = [&](const char* why) {
    return absl::UnavailableError(absl::StrCat("cannot serve metrics on ", address, ": ", why));
  };
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) {
    return refuse("an address has the form 127.0.0.1:9100");
  }
  const std::string host(absl::StripPrefix(absl::StripSuffix(address.substr(0, colon), "]"), "["));
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int problem = getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints, &found);
  if (problem != 0) {
    return refuse(gai_strerror(problem));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, freeaddrinfo);
  Descriptor listener = Listen(*addresses);
  Descriptor stop(listener.ok() ? eventfd(0, EFD_CLOEXEC) : -1);
  if (!stop.ok()) {
    return refuse(std::strerror(errno));
  }
  const int port = PortOf(listener);
  return std::make_unique<HttpEndpoint>(std::move(listener), std::move(stop), port);
}

}  // namespace scharnier::metrics
