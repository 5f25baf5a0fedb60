// File: mime.h
// Mails as bytes (RFC 5322, MIME): UTF-8 throughout, a text and an HTML part. gmime stays behind
// it.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_MIME_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_MIME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace scharnier::notifications {

// Text that can stand in a header, or in a command of SMTP: it has no control characters and no
// line separators, so that it can add neither.
class HeaderText {
 public:
  HeaderText() = default;
  // Errors: INVALID_ARGUMENT FIELD_INVALID, without the text.
  static absl::StatusOr<HeaderText> From(absl::string_view text);
  const std::string& text() const { return text_; }

 private:
  explicit HeaderText(absl::string_view text) : text_(text) {}
  std::string text_;
};

// Somebody's mailbox.
struct Mailbox {
  HeaderText name;  // may be empty
  HeaderText address;
};
// Reads "Naam <adres@example.org>" or "adres@example.org". Errors: INVALID_ARGUMENT FIELD_INVALID
// unless it is one mailbox.
absl::StatusOr<Mailbox> ParseMailbox(absl::string_view text);

struct Mail {
  Mailbox from, to, reply_to;
  HeaderText subject;
  std::string text, html;  // the same, twice
  HeaderText message_id;   // "<uuid>@<domain>", without angle brackets
  absl::Time date;
};
// The mail, with CR LF at the end of each line. It is marked as sent by a machine, so that nobody's
// absence answers it.
std::string ToMime(const Mail& mail);

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_MIME_H_
