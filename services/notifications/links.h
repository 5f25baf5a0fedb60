// File: links.h
// The links in mails by which people act without an account. Each brings an action token, which is
// made when the mail is written, and neither kept nor logged.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_LINKS_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_LINKS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/runtime/clock.h"
#include "common/runtime/keyring.h"
#include "scharnier/events/v1/registration.pb.h"
#include "scharnier/organisations/v1/mandate.pb.h"
#include "scharnier/proposals/v1/invitation.pb.h"
#include "services/notifications/facts.h"

namespace scharnier::notifications {

// Where links lead, with `{token}` where the token stands; empty: mails have no such link.
struct LinkTemplates {
  std::string registration, invitation, mandate;
};

// Whether a template can be used. Errors: INVALID_ARGUMENT, saying what it has to be.
absl::Status CheckLinkTemplate(absl::string_view text);

// Each gives no link to whoever cannot, or need not, act by one. Thread-safe.
class Links {
 public:
  // The others outlive this.
  Links(LinkTemplates templates, const runtime::Keyring& keyring, const runtime::Clock& clock)
      : templates_(std::move(templates)), keyring_(keyring), clock_(clock) {}

  // To see, change or give up a registration, for its registrant, "people/0", for 180 days.
  Link ToRegistration(const events::v1::Registration& registration,
                      absl::string_view recipient) const;
  // To answer an invitation, for the organisation that is invited, for 60 days.
  Link ToInvitation(const proposals::v1::Invitation& invitation, absl::string_view recipient) const;
  // To accept a mandate, for the person to whom it is offered, as long as it is.
  Link ToMandate(const organisations::v1::Mandate& mandate) const;

 private:
  // The link of a template, to a token that begins now; none where the template is empty.
  Link Make(const std::string& to, const char* label, identity::v1::ActionToken token) const;

  const LinkTemplates templates_;
  const runtime::Keyring& keyring_;
  const runtime::Clock& clock_;
};

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_LINKS_H_
