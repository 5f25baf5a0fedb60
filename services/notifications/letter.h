// File: letter.h
// What a message says, in Dutch: Mustache templates (templates/) over the facts.
//
// A template of a purpose gives the subject on its first line and paragraphs after it; the layouts
// put these, the facts and whom to ask into a text and an HTML part. No answer to a form is ever
// among the facts.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_LETTER_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_LETTER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "scharnier/notifications/v1/message.pb.h"
#include "services/notifications/facts.h"
#include "services/notifications/mime.h"

namespace scharnier::notifications {

// The mail of a message, which says on behalf of `from` what has happened to one recipient of the
// registration. Errors: NOT_FOUND RESOURCE_NOT_FOUND when there is no such recipient, or one
// without an address; INVALID_ARGUMENT FIELD_INVALID when a name or an address cannot stand in a
// header; INTERNAL INTERNAL_FAULT when a template asks for what is not there.
absl::StatusOr<Mail> WriteMail(const v1::Message& message, const Facts& facts, const Mailbox& from,
                               absl::Time date);

// The short code that stands for a registration in mails: "7F3A-92C1".
std::string ReferenceOf(absl::string_view registration);

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_LETTER_H_
