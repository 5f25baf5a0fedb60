// File: letter.h
// What a message says, in Dutch: Mustache templates (templates/) over the facts.
//
// A template of a purpose gives the subject on its first line and paragraphs after it; the layouts
// put these, the table of facts and whom to ask into a text and an HTML part.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_LETTER_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_LETTER_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "scharnier/notifications/v1/message.pb.h"
#include "services/notifications/facts.h"
#include "services/notifications/mime.h"

namespace scharnier::notifications {

// The mail of a message, which tells its recipient of the facts on behalf of `from`. Errors:
// NOT_FOUND RESOURCE_NOT_FOUND when the recipient has no address; INVALID_ARGUMENT FIELD_INVALID
// when a name or an address cannot stand in a header; INTERNAL INTERNAL_FAULT when a template asks
// for what is not there.
absl::StatusOr<Mail> WriteMail(const v1::Message& message, Facts facts, const Mailbox& from,
                               absl::Time date);

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_LETTER_H_
