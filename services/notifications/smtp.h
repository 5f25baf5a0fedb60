// File: smtp.h
// A connection to the mail relay, by libcurl: hands over one mail at a time and says exactly how
// that ended.
//
// libcurl asks for the first byte of a mail when the relay has answered DATA with 354. Before that
// nothing can have been accepted; after it only the relay's answer says (rules/delivery.h).

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_SMTP_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_SMTP_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/runtime/secret.h"
#include "services/notifications/mime.h"
#include "services/notifications/rules/delivery.h"

namespace scharnier::notifications {

struct SmtpOptions {
  std::string url;                 // smtp://relay.example.org:587, or smtps://…
  bool starttls = false;           // require STARTTLS, with a certificate of the relay's name
  std::string ca_file;             // who may sign that certificate; empty: the system's authorities
  std::string user;                // empty: no login
  runtime::SecretSource password;  // asked for every mail: it may be changed
  absl::Duration connect_timeout =
      absl::Seconds(60);  // until the relay takes mails: connection, greeting, TLS, login
  // Of each later reply (RFC 5321, 4.5.3.2.6), and of each byte of a mail that is being sent.
  absl::Duration reply_timeout = absl::Minutes(10);
  int mails_per_connection = 100;
};

// Checks what can be known before the first mail: a URL of a relay; a login that nobody else can
// read; a relay on this very machine where the time is `simulated` (decision 9). Errors:
// INVALID_ARGUMENT saying what to change.
absl::Status CheckSmtpOptions(const SmtpOptions& options, bool simulated);

// What the sender of a mail decides while it is handed over. Called by the thread that sends.
class HandOver {
 public:
  virtual ~HandOver() = default;
  // The relay asks for the mail. False: the connection is cut, and nothing has been handed over.
  virtual bool MayBegin() = 0;
  // Asked about once a second. False: the connection is cut.
  virtual bool MayGoOn(bool begun) = 0;
};

// How it ended, and whether the relay itself was in trouble, whatever the mail.
struct SmtpResult {
  rules::Attempt attempt;
  bool relay_trouble = false;
};

// One thread at a time. Keeps its connection for the next mail.
class SmtpClient {
 public:
  explicit SmtpClient(SmtpOptions options);
  ~SmtpClient();

  // Hands over a mail, as ToMime made it. Blocks.
  SmtpResult Send(const HeaderText& from, const HeaderText& to, const std::string& mail,
                  HandOver& hand_over);

 private:
  class Connection;
  const SmtpOptions options_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_SMTP_H_
