#include "services/notifications/settings.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace scharnier::notifications {
namespace {

// A template of links that act for whoever has them.
std::string ReadLink(runtime::ConfigReader& reader, const std::string& flag,
                     const std::string& what) {
  std::string link = reader.String(
      flag,
      absl::StrCat("where ", what,
                   " is shown, with {token}: https://loket.example.org/…#{token}; empty: no link"),
      "");
  if (const absl::Status usable = CheckLinkTemplate(link); !link.empty() && !usable.ok()) {
    reader.Problem(absl::StrCat("--", flag, ": ", usable.message()));
  }
  return link;
}

}  // namespace

Settings ReadSettings(runtime::ConfigReader& reader, bool simulated) {
  Settings settings;
  SenderOptions& sender = settings.sender;
  SmtpOptions& smtp = sender.smtp;
  settings.sources = {
      .events = reader.Required("events", "target of the events service: its API and its feed"),
      .organisations = reader.Required("organisations", "target of the organisations service"),
      .proposals = reader.Required("proposals", "target of the proposals service")};
  sender.senders = static_cast<int>(reader.Int(
      "senders",
      {.help = "connections to the relay", .fallback = sender.senders, .min = 1, .max = 64}));
  sender.lease = reader.Duration(
      "lease", "a message is another's when its worker was silent so long", sender.lease);
  sender.first_retry = reader.Duration(
      "first-retry", "delay of the first retry; later ones are up to 240 times as long",
      sender.first_retry);
  sender.relay_pause = reader.Duration("relay-pause", "how long a relay in trouble is left alone",
                                       sender.relay_pause);
  smtp.url = reader.Required("smtp-url", "the relay: smtp://relay.example.org:587, or smtps://");
  smtp.starttls = reader.Bool("smtp-starttls", "require STARTTLS");
  smtp.ca_file = reader.String("smtp-ca-file",
                               "who may sign the relay's certificate; empty: the system's", "");
  smtp.user = reader.String("smtp-user", "login at the relay; empty: none", "");
  smtp.password = reader.LiveSecret("smtp-password", "password at the relay");
  smtp.connect_timeout =
      reader.Duration("smtp-connect-timeout", "until the relay takes mails", smtp.connect_timeout);
  smtp.reply_timeout =
      reader.Duration("smtp-reply-timeout", "of each reply of the relay", smtp.reply_timeout);
  if (const absl::Status usable = CheckSmtpOptions(smtp, simulated);
      !smtp.url.empty() && !usable.ok()) {
    reader.Problem(std::string(usable.message()));
  }
  const std::string from =
      reader.Required("smtp-from", "sender of the mails: Naam <adres@example.org>");
  absl::StatusOr<Mailbox> mailbox = ParseMailbox(from);
  if (mailbox.ok()) {
    sender.from = *std::move(mailbox);
  } else if (!from.empty()) {
    reader.Problem(absl::StrCat("--smtp-from: ", mailbox.status().message()));
  }
  settings.links = {.registration = ReadLink(reader, "registration-link", "a registration"),
                    .invitation = ReadLink(reader, "invitation-link", "an invitation"),
                    .mandate = ReadLink(reader, "mandate-link", "a mandate that is offered")};
  return settings;
}

}  // namespace scharnier::notifications
