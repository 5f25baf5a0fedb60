// File: smtp_sink.h
// A mail relay for tests, in this process: takes mails on a loopback port and misbehaves on
// request.
//
//   testing::SmtpSink sink;
//   sink.Next(SmtpSink::Step::kRecipient, "450 4.2.1 later");   // the next RCPT is refused, then
//   all goes well … send to sink.url() … EXPECT_THAT(sink.mails(), SizeIs(1));

#ifndef SCHARNIER_COMMON_TESTING_SMTP_SINK_H_
#define SCHARNIER_COMMON_TESTING_SMTP_SINK_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace scharnier::testing {

// Thread-safe; ends its connections when destroyed.
class SmtpSink {
 public:
  // The moments at which it can do otherwise.
  enum class Step {
    kGreeting,   // instead of 220
    kHello,      // of EHLO
    kSender,     // of MAIL
    kRecipient,  // of RCPT
    kData,       // instead of 354
    kText,       // after 354, before the mail is read
    kAnswer,     // after the final dot: the mail counts as accepted if the reply begins with 2
    kQuit,       // instead of 221
  };
  // What it then does, where no reply is given.
  static constexpr absl::string_view kCut = "";  // closes the connection
  static constexpr absl::string_view kHold =
      "hold";  // waits for Release(), then closes the connection
  // At kAnswer: accepts the mail, then closes the connection without a reply.
  static constexpr absl::string_view kAcceptAndCut = "accept and cut";
  // At kAnswer: waits for Release(), then accepts the mail.
  static constexpr absl::string_view kHoldAndAccept = "hold and accept";

  struct Mail {
    std::string from, to;
    std::string text;  // as it came, without the doubled dots, with CR LF
  };

  SmtpSink();
  ~SmtpSink();

  // Queues something for a step: the first that is queued happens when its step is reached, then
  // the next.
  void Next(Step step, absl::string_view what);
  void Release();

  std::string url() const;  // smtp://127.0.0.1:port
  // Mails that were accepted, in order.
  std::vector<Mail> mails() const;
  int connections() const;
  // Whether somebody waits for Release() now.
  bool holding() const;
  // The same, waiting a while for it.
  bool AwaitHold() const;
  // Whether this many mails have been accepted, waiting a while for them.
  bool AwaitMails(size_t count) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scharnier::testing

#endif  // SCHARNIER_COMMON_TESTING_SMTP_SINK_H_
