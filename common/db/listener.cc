#include "common/db/listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <exception>
#include <optional>
#include <pqxx/pqxx>
#include <vector>

#include "common/db/connection.h"
#include "common/db/failure.h"

namespace scharnier::db {
namespace {

class Receiver final : public pqxx::notification_receiver {
 public:
  using pqxx::notification_receiver::notification_receiver;
  void operator()(const std::string&, int) override {}
};

struct Session {
  Session(const std::string& url, const std::string& channel)
      : connection(url), receiver(connection, channel) {}
  pqxx::connection connection;
  Receiver receiver;
};

}  // namespace

class Listener::Impl {
 public:
  Impl(const DatabaseOptions& options, const std::string& channel)
      : url_(ConnectionUrl({.url = options.url,
                            .password = options.password,
                            .schema = options.schema,
                            .connect_timeout = options.connect_timeout})),
        channel_(channel),
        wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Impl() { close(wake_); }

  absl::Status Wait(absl::Duration timeout) {
    const absl::Time until = absl::Now() + timeout;
    try {
      if (session_ == nullptr) {
        session_ = std::make_unique<Session>(url_, channel_);
        return absl::OkStatus();
      }
      while (session_->connection.get_notifs() == 0 && Poll(session_->connection.sock(), until)) {
      }
      return absl::OkStatus();
    } catch (const std::exception&) {
      session_.reset();
    }
    Poll(std::nullopt, until);
    return DatabaseAway("the database cannot be listened to");
  }

  void Wake() {
    const uint64_t one = 1;
    // It can fail only where the counter is full, and then the thread wakes as well.
    [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
  }

 private:
  // Whether the socket can be read before `until` or a wake-up.
  bool Poll(std::optional<int> socket, absl::Time until) {
    std::vector<pollfd> files{{wake_, POLLIN, 0}};
    if (socket.has_value()) {
      files.push_back({*socket, POLLIN, 0});
    }
    const absl::Duration left = std::max(until - absl::Now(), absl::ZeroDuration());
    // Rounded up, so that the last millisecond is not spent spinning.
    poll(files.data(), files.size(),
         static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(left, absl::Milliseconds(1)))));
    uint64_t wakes = 0;
    if (read(wake_, &wakes, sizeof wakes) > 0) {
      return false;
    }
    return files.back().fd != wake_ && files.back().revents != 0;
  }

  const std::string url_, channel_;
  const int wake_;
  std::unique_ptr<Session> session_;
};

Listener::Listener(const DatabaseOptions& options, const std::string& channel)
    : impl_(std::make_unique<Impl>(options, channel)) {}
Listener::~Listener() = default;

absl::Status Listener::Wait(absl::Duration timeout) { return impl_->Wait(timeout); }

void Listener::Wake() { impl_->Wake(); }

}  // namespace scharnier::db
