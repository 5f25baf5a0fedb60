#include "services/notifications/smtp.h"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::notifications {
namespace {

namespace ty = ::scharnier::types::v1;
using rules::Ending;

// The relay keeps idle connections for minutes at most; one that it has closed costs an attempt.
constexpr long kIdleSeconds = 30;

// One mail on its way.
struct Transfer {
  const std::string& mail;
  HandOver& hand_over;
  size_t sent = 0;
  bool asked = false;  // the relay has answered 354
  bool begun = false;  // and the sender has allowed it
};

size_t ReadMail(char* buffer, size_t size, size_t count, void* data) {
  auto& transfer = *static_cast<Transfer*>(data);
  if (!transfer.asked) {
    transfer.asked = true;
    transfer.begun = transfer.hand_over.MayBegin();
  }
  if (!transfer.begun) {
    return CURL_READFUNC_ABORT;
  }
  const size_t length = std::min(size * count, transfer.mail.size() - transfer.sent);
  transfer.mail.copy(buffer, length, transfer.sent);
  transfer.sent += length;
  return length;
}

int Progress(void* data, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(data);
  return transfer.hand_over.MayGoOn(transfer.begun) ? 0 : 1;
}

// Refusals of the client, not of the mail: 530, 534, 535 and 538 ask for a login or for encryption
// (RFC 4954), 421 closes.
bool IsAboutTheClient(long code) {
  return code == 421 || code == 530 || code == 534 || code == 535 || code == 538;
}

SmtpResult Judge(CURLcode result, long code, const Transfer& transfer) {
  rules::Attempt attempt{.ending = Ending::kDeferred, .smtp_code = static_cast<int>(code)};
  if (result == CURLE_OK || (transfer.begun && code / 100 == 2)) {
    attempt.ending = Ending::kAccepted;
    return {attempt, false};
  }
  attempt.problem =
      code >= 400 ? absl::StrCat("the relay answered ", code) : curl_easy_strerror(result);
  if (transfer.begun) {
    // Only an answer that came after 354 says that the mail was not accepted.
    if (code / 100 == 5) {
      attempt.ending = Ending::kRefused;
    } else if (code / 100 != 4) {
      attempt.ending = Ending::kDoubtful;
    }
    return {attempt, attempt.ending == Ending::kDoubtful || code == 421};
  }
  if (result == CURLE_ABORTED_BY_CALLBACK) {
    attempt.ending = Ending::kNotTried;
    attempt.problem = "the sender was stopped";
    return {attempt, false};
  }
  // libcurl says CURLE_SEND_ERROR when MAIL, RCPT or DATA was refused, other codes when it never
  // came so far.
  const bool about_the_mail = result == CURLE_SEND_ERROR && code >= 400 && !IsAboutTheClient(code);
  if (about_the_mail && code / 100 == 5) {
    attempt.ending = Ending::kRefused;
  }
  return {attempt, !about_the_mail};
}

// An address of this very machine.
bool IsLoopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" ||
         (absl::StartsWith(host, "127.") &&
          host.find_first_not_of("0123456789.") == std::string::npos);
}

std::string PartOf(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) {
    return "";
  }
  std::string result(text);
  curl_free(text);
  return result;
}

errors::Builder Invalid(absl::string_view message) {
  return errors::Error(ty::ERROR_REASON_FIELD_INVALID, message);
}

}  // namespace

absl::Status CheckSmtpOptions(const SmtpOptions& options, bool simulated) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  if (curl_url_set(url.get(), CURLUPART_URL, options.url.c_str(), 0) != CURLUE_OK) {
    return Invalid("--smtp-url: not a URL such as smtp://relay.example.org:587");
  }
  const std::string scheme = PartOf(url.get(), CURLUPART_SCHEME);
  if (scheme != "smtp" && scheme != "smtps") {
    return Invalid("--smtp-url: has to begin with smtp:// or smtps://");
  }
  if (!PartOf(url.get(), CURLUPART_USER).empty() ||
      !PartOf(url.get(), CURLUPART_PASSWORD).empty()) {
    return Invalid(
        "--smtp-url: a login does not belong in it: use --smtp-user and --smtp-password-file");
  }
  const bool loopback = IsLoopback(PartOf(url.get(), CURLUPART_HOST));
  if (simulated && !loopback) {
    return Invalid(
        "--smtp-url: with a set clock (--clock-file) mail goes to a relay on this machine alone");
  }
  if (!options.user.empty() && !options.starttls && scheme != "smtps" && !loopback) {
    return Invalid(
        "--smtp-user: the password would cross the network in the clear: add --smtp-starttls");
  }
  return absl::OkStatus();
}

class SmtpClient::Connection {
 public:
  // The options have to outlive it.
  explicit Connection(const SmtpOptions& options) : options_(options) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    curl_ = curl_easy_init();
    curl_easy_setopt(curl_, CURLOPT_URL, options.url.c_str());
    curl_easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl_, CURLOPT_PROXY, "");
    curl_easy_setopt(curl_, CURLOPT_USE_SSL, options.starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE);
    if (!options.ca_file.empty()) {
      curl_easy_setopt(curl_, CURLOPT_CAINFO, options.ca_file.c_str());
      curl_easy_setopt(curl_, CURLOPT_CAPATH, nullptr);
    }
    curl_easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(absl::ToInt64Milliseconds(options.connect_timeout)));
    const auto patience =
        static_cast<long>(std::max<int64_t>(absl::ToInt64Seconds(options.reply_timeout), 1));
    curl_easy_setopt(curl_, CURLOPT_SERVER_RESPONSE_TIMEOUT, patience);
    // The former does not count while the text is being sent.
    curl_easy_setopt(curl_, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl_, CURLOPT_LOW_SPEED_TIME, patience);
    curl_easy_setopt(curl_, CURLOPT_MAXAGE_CONN, kIdleSeconds);
    curl_easy_setopt(curl_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl_, CURLOPT_READFUNCTION, &ReadMail);
    curl_easy_setopt(curl_, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl_, CURLOPT_XFERINFOFUNCTION, &Progress);
    curl_easy_setopt(curl_, CURLOPT_OPENSOCKETFUNCTION, &Open);
    curl_easy_setopt(curl_, CURLOPT_OPENSOCKETDATA, &sockets_);
    curl_easy_setopt(curl_, CURLOPT_CLOSESOCKETFUNCTION, &Close);
    curl_easy_setopt(curl_, CURLOPT_CLOSESOCKETDATA, &sockets_);
  }
  // Says QUIT unless the connection is broken or was cut. libcurl waits for the answer, two minutes
  // at most.
  ~Connection() {
    if (broken_) {
      Cut();
    }
    curl_easy_cleanup(curl_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  SmtpResult Send(const HeaderText& from, const HeaderText& to, Transfer& transfer) {
    ++mails_;
    if (!options_.user.empty()) {
      curl_easy_setopt(curl_, CURLOPT_USERNAME, options_.user.c_str());
      const std::string password = options_.password ? options_.password() : "";
      curl_easy_setopt(curl_, CURLOPT_PASSWORD, password.c_str());
    }
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> recipients(
        curl_slist_append(nullptr, to.text().c_str()), &curl_slist_free_all);
    curl_easy_setopt(curl_, CURLOPT_MAIL_FROM, from.text().c_str());
    curl_easy_setopt(curl_, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(curl_, CURLOPT_INFILESIZE_LARGE,
                     static_cast<curl_off_t>(transfer.mail.size()));
    curl_easy_setopt(curl_, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(curl_, CURLOPT_XFERINFODATA, &transfer);
    const CURLcode result = curl_easy_perform(curl_);
    broken_ = result != CURLE_OK;
    long code = 0;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &code);
    return Judge(result, code, transfer);
  }
  // Whether the next mail needs another one: libcurl would use it again even where an answer is
  // still to come.
  bool broken() const { return broken_; }
  // Ends it without QUIT.
  void Cut() {
    for (const curl_socket_t socket : sockets_) {
      shutdown(socket, SHUT_RDWR);
    }
  }
  int mails() const { return mails_; }

 private:
  using Sockets = std::set<curl_socket_t>;
  static curl_socket_t Open(void* data, curlsocktype, curl_sockaddr* address) {
    const curl_socket_t result =
        socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    static_cast<Sockets*>(data)->insert(result);
    return result;
  }
  static int Close(void* data, curl_socket_t socket) {
    static_cast<Sockets*>(data)->erase(socket);
    return close(socket);
  }

  const SmtpOptions& options_;
  CURL* curl_;
  Sockets sockets_;
  bool broken_ = false;
  int mails_ = 0;
};

SmtpClient::SmtpClient(SmtpOptions options) : options_(std::move(options)) {}

SmtpClient::~SmtpClient() {
  // The process ends, and has seconds: it waits for no relay's goodbye.
  if (connection_ != nullptr) {
    connection_->Cut();
  }
}

SmtpResult SmtpClient::Send(const HeaderText& from, const HeaderText& to, const std::string& mail,
                            HandOver& hand_over) {
  if (connection_ != nullptr &&
      (connection_->broken() || connection_->mails() >= options_.mails_per_connection)) {
    connection_.reset();
  }
  if (connection_ == nullptr) {
    connection_ = std::make_unique<Connection>(options_);
  }
  Transfer transfer{.mail = mail, .hand_over = hand_over};
  return connection_->Send(from, to, transfer);
}

}  // namespace scharnier::notifications
