#include "common/testing/smtp_sink.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace scharnier::testing {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

// The address between the angle brackets of a command.
std::string AddressOf(const std::string& command) {
  const size_t begin = command.find('<');
  const size_t end = command.find('>');
  return begin == std::string::npos || end == std::string::npos
             ? ""
             : command.substr(begin + 1, end - begin - 1);
}

}  // namespace

class SmtpSink::Impl {
 public:
  Impl() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        listen(listener_, 64) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
      std::perror("cannot open a port for the SMTP sink");
      std::abort();
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }

  ~Impl() {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
      released_ = true;
      shutdown(listener_, SHUT_RDWR);
      for (const int open : open_) {
        shutdown(open, SHUT_RDWR);
      }
    }
    acceptor_.join();
    for (std::thread& thread : threads_) {
      thread.join();
    }
    close(listener_);
  }

  void Next(Step step, absl::string_view what) {
    absl::MutexLock lock(&mutex_);
    script_.emplace_back(step, std::string(what));
  }
  void Release() {
    absl::MutexLock lock(&mutex_);
    released_ = true;
  }
  int port() const { return port_; }
  std::vector<Mail> mails() const {
    absl::MutexLock lock(&mutex_);
    return mails_;
  }
  int connections() const {
    absl::MutexLock lock(&mutex_);
    return connections_;
  }
  bool holding() const {
    absl::MutexLock lock(&mutex_);
    return holding_;
  }
  bool AwaitHold() const {
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&holding_), kPatience);
  }
  bool AwaitMails(size_t count) const {
    const auto enough = [this, count]()
                            ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return mails_.size() >= count; };
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&enough), kPatience);
  }

 private:
  // One connection.
  class Peer {
   public:
    Peer(Impl& sink, int fd) : sink_(sink), fd_(fd) {}

    // Answers commands until one side ends it.
    void Run() {
      if (!Answer(Step::kGreeting, "220 sink.example.org ESMTP")) {
        return;
      }
      std::string line;
      while (ReadLine(line)) {
        if (!Command(line)) {
          return;
        }
      }
    }

   private:
    bool Command(const std::string& line) {
      const std::string verb = absl::AsciiStrToUpper(line.substr(0, 4));
      if (verb == "EHLO" || verb == "HELO") {
        return Answer(Step::kHello, "250-sink.example.org\r\n250 8BITMIME");
      }
      if (verb == "MAIL") {
        mail_ = {.from = AddressOf(line), .to = "", .text = ""};
        return Answer(Step::kSender, "250 ok");
      }
      if (verb == "RCPT") {
        mail_.to = AddressOf(line);
        return Answer(Step::kRecipient, "250 ok");
      }
      if (verb == "DATA") {
        return Data();
      }
      if (verb == "QUIT") {
        Answer(Step::kQuit, "221 bye");
        return false;
      }
      return Reply("250 ok");
    }

    bool Data() {
      const std::optional<std::string> otherwise = sink_.Take(Step::kData);
      if (otherwise.has_value()) {
        return Do(*otherwise);
      }
      if (!Reply("354 go on")) {
        return false;
      }
      if (const auto text = sink_.Take(Step::kText); text.has_value()) {
        return Do(*text);
      }
      std::string line;
      while (true) {
        if (!ReadLine(line)) {
          return false;
        }
        if (line == ".") {
          break;
        }
        absl::StrAppend(&mail_.text, absl::StartsWith(line, ".") ? line.substr(1) : line, "\r\n");
      }
      const std::string what = sink_.Take(Step::kAnswer).value_or("250 accepted");
      if (what == kHoldAndAccept) {
        sink_.Hold();
        sink_.Keep(mail_);
        return Reply("250 accepted");
      }
      if (what == kAcceptAndCut) {
        sink_.Keep(mail_);
        return false;
      }
      if (absl::StartsWith(what, "2")) {
        sink_.Keep(mail_);
      }
      return Do(what);
    }

    bool Answer(Step step, absl::string_view usual) {
      return Do(sink_.Take(step).value_or(std::string(usual)));
    }
    // Whether the connection goes on.
    bool Do(const std::string& what) {
      if (what == kHold) {
        sink_.Hold();
        return false;
      }
      return what != kCut && Reply(what);
    }
    bool Reply(absl::string_view reply) {
      const std::string bytes = absl::StrCat(reply, "\r\n");
      return send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
             static_cast<ssize_t>(bytes.size());
    }
    bool ReadLine(std::string& line) {
      while (true) {
        if (const size_t end = buffer_.find("\r\n"); end != std::string::npos) {
          line = buffer_.substr(0, end);
          buffer_.erase(0, end + 2);
          return true;
        }
        char bytes[4096];
        const ssize_t count = recv(fd_, bytes, sizeof bytes, 0);
        if (count <= 0) {
          return false;
        }
        buffer_.append(bytes, static_cast<size_t>(count));
      }
    }

    Impl& sink_;
    const int fd_;
    std::string buffer_;
    Mail mail_;
  };

  void Accept() {
    while (true) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      absl::MutexLock lock(&mutex_);
      if (fd < 0 || stopping_) {
        if (fd >= 0) {
          close(fd);
        }
        return;
      }
      ++connections_;
      open_.insert(fd);
      threads_.emplace_back([this, fd] {
        Peer(*this, fd).Run();
        absl::MutexLock lock2(&mutex_);
        open_.erase(fd);
        close(fd);
      });
    }
  }

  std::optional<std::string> Take(Step step) {
    absl::MutexLock lock(&mutex_);
    if (script_.empty() || script_.front().first != step) {
      return std::nullopt;
    }
    std::string what = std::move(script_.front().second);
    script_.pop_front();
    return what;
  }
  void Hold() {
    absl::MutexLock lock(&mutex_);
    holding_ = true;
    mutex_.Await(absl::Condition(&released_));
    holding_ = false;
  }
  void Keep(const Mail& mail) {
    absl::MutexLock lock(&mutex_);
    mails_.push_back(mail);
  }

  int listener_ = -1;
  int port_ = 0;
  std::thread acceptor_;
  mutable absl::Mutex mutex_;
  std::deque<std::pair<Step, std::string>> script_ ABSL_GUARDED_BY(mutex_);
  std::vector<Mail> mails_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;  // the acceptor's until it has ended
  std::set<int> open_ ABSL_GUARDED_BY(mutex_);
  int connections_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  bool released_ ABSL_GUARDED_BY(mutex_) = false;
};

SmtpSink::SmtpSink() : impl_(std::make_unique<Impl>()) {}
SmtpSink::~SmtpSink() = default;
void SmtpSink::Next(Step step, absl::string_view what) { impl_->Next(step, what); }
void SmtpSink::Release() { impl_->Release(); }
std::string SmtpSink::url() const { return absl::StrCat("smtp://127.0.0.1:", impl_->port()); }
std::vector<SmtpSink::Mail> SmtpSink::mails() const { return impl_->mails(); }
int SmtpSink::connections() const { return impl_->connections(); }
bool SmtpSink::holding() const { return impl_->holding(); }
bool SmtpSink::AwaitHold() const { return impl_->AwaitHold(); }
bool SmtpSink::AwaitMails(size_t count) const { return impl_->AwaitMails(count); }

}  // namespace scharnier::testing
