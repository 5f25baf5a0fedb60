#include "services/notifications/letter.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/types/when.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/notifications/render.h"
#include "services/notifications/templates.h"

namespace scharnier::notifications {
namespace {

namespace ev = ::scharnier::events::v1;
namespace ms = ::kainjow::mustache;
namespace ty = ::scharnier::types::v1;

// So long that it says which session it is, so short that clients show it.
constexpr size_t kSubjectTitle = 100;

// One line: runs of blanks and line breaks become a blank.
std::string OneLine(absl::string_view text) {
  return absl::StrJoin(absl::StrSplit(text, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty()), " ");
}

// At most `limit` code points, the last one an ellipsis where something was cut.
std::string Shorten(const std::string& text, size_t limit) {
  size_t count = 0;
  size_t cut = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) {
      continue;
    }
    if (++count == limit) {
      cut = i;
    }
  }
  return count <= limit ? text : absl::StrCat(text.substr(0, cut), "…");
}

const char* TemplateOf(v1::Purpose purpose) {
  switch (purpose) {
    case v1::PURPOSE_REGISTRATION_CONFIRMED:
      return templates::kRegistrationConfirmed;
    case v1::PURPOSE_REGISTRATION_WAITLISTED:
      return templates::kRegistrationWaitlisted;
    case v1::PURPOSE_REGISTRATION_PROMOTED:
      return templates::kRegistrationPromoted;
    case v1::PURPOSE_REGISTRATION_CANCELLED:
      return templates::kRegistrationCancelled;
    default:
      return nullptr;
  }
}

std::string WhereIs(const ev::Session& session) {
  if (session.mode() == ev::Session::MODE_ONLINE) {
    return "online";
  }
  const std::string place =
      session.has_place() ? OneLine(session.place().address()) : "nog niet bekend";
  return session.mode() == ev::Session::MODE_HYBRID ? absl::StrCat(place, ", of online") : place;
}

ms::data FactList(const Facts& facts) {
  std::vector<std::string> attendees;
  for (const ev::Attendee& attendee : facts.registration.attendees()) {
    attendees.push_back(attendee.full_name());
  }
  std::vector<std::pair<std::string, std::string>> rows = {
      {"Sessie", OneLine(facts.session.title().nl())},
      {"Wanneer", types::InDutch(facts.session.when())},
      {"Waar", WhereIs(facts.session)},
  };
  if (!facts.session.place().access().empty()) {
    rows.emplace_back("Bereikbaarheid", OneLine(facts.session.place().access()));
  }
  rows.emplace_back("Deelnemers", absl::StrJoin(attendees, ", "));
  rows.emplace_back("Referentie", ReferenceOf(facts.registration.name()));
  ms::data list(ms::data::type::list);
  for (const auto& [label, value] : rows) {
    ms::data row;
    row.set("label", label);
    row.set("value", value);
    list.push_back(row);
  }
  return list;
}

struct Letter {
  std::string subject, text, html;
};

absl::StatusOr<Letter> WriteLetter(v1::Purpose purpose, const Facts& facts,
                                   const ev::Person& recipient) {
  const char* source = TemplateOf(purpose);
  if (source == nullptr) {
    return errors::Error(ty::ERROR_REASON_INTERNAL_FAULT, "the purpose has no template");
  }
  const int position = facts.registration.waiting_position();
  const std::string title = OneLine(facts.session.title().nl());
  ms::data words;
  words.set("name", recipient.full_name());
  words.set("title", title);
  words.set("contact", facts.series.contact_email());
  // Whoever has left the line since then has no position.
  words.set("position",
            position > 0 ? ms::data(absl::StrCat(position)) : ms::data(ms::data::type::bool_false));
  ASSIGN_OR_RETURN(const std::string body, Render(source, words, Escape::kNone));
  words.set("title", Shorten(title, kSubjectTitle));
  const std::vector<std::string> lines = absl::StrSplit(source, absl::MaxSplits('\n', 1));
  ASSIGN_OR_RETURN(const std::string subject, Render(lines.front(), words, Escape::kNone));

  std::vector<std::string> blocks = absl::StrSplit(absl::StripAsciiWhitespace(body), "\n\n");
  ms::data paragraphs(ms::data::type::list);
  for (size_t i = 1; i < blocks.size(); ++i) {
    paragraphs.push_back(ms::data(blocks[i]));
  }
  ms::data page;
  page.set("subject", subject);
  page.set("paragraphs", paragraphs);
  page.set("facts", FactList(facts));
  page.set("contact", facts.series.contact_email());
  Letter letter{.subject = subject};
  ASSIGN_OR_RETURN(letter.text, Render(templates::kLayoutText, page, Escape::kNone));
  ASSIGN_OR_RETURN(letter.html, Render(templates::kLayoutHtml, page, Escape::kHtml));
  return letter;
}

}  // namespace

absl::StatusOr<Mail> WriteMail(const v1::Message& message, const Facts& facts, const Mailbox& from,
                               absl::Time date) {
  const ev::Registration& registration = facts.registration;
  if (message.recipient() >= registration.recipients_size() ||
      registration.recipients(message.recipient()).email().empty()) {
    return errors::Error(ty::ERROR_REASON_RESOURCE_NOT_FOUND,
                         "the registration has no such recipient");
  }
  const ev::Person& recipient = registration.recipients(message.recipient());
  ASSIGN_OR_RETURN(const Letter letter, WriteLetter(message.purpose(), facts, recipient));
  const std::string& sender = from.address.text();
  const absl::string_view id = absl::StripPrefix(message.name(), "messages/");
  Mail mail{.from = from, .text = letter.text, .html = letter.html, .date = date};
  ASSIGN_OR_RETURN(mail.to.name, HeaderText::From(recipient.full_name()));
  ASSIGN_OR_RETURN(mail.to.address, HeaderText::From(recipient.email()));
  ASSIGN_OR_RETURN(mail.reply_to.address, HeaderText::From(facts.series.contact_email()));
  ASSIGN_OR_RETURN(mail.subject, HeaderText::From(letter.subject));
  ASSIGN_OR_RETURN(mail.message_id,
                   HeaderText::From(absl::StrCat(id, sender.substr(sender.rfind('@')))));
  return mail;
}

std::string ReferenceOf(absl::string_view registration) {
  // The last digits of a UUIDv7 are its random ones.
  const std::string digits = absl::AsciiStrToUpper(registration.substr(registration.size() - 8));
  return absl::StrCat(digits.substr(0, 4), "-", digits.substr(4));
}

}  // namespace scharnier::notifications
