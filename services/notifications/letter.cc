#include "services/notifications/letter.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/notifications/render.h"
#include "services/notifications/templates.h"

namespace scharnier::notifications {
namespace {

namespace ms = ::kainjow::mustache;
namespace ty = ::scharnier::types::v1;

// So long that it says what it is about, so short that clients show it.
constexpr size_t kSubjectTitle = 100;

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
    case v1::PURPOSE_CALL_PUBLISHED:
      return templates::kCallPublished;
    case v1::PURPOSE_CALL_AMENDED:
      return templates::kCallAmended;
    case v1::PURPOSE_IDEA_RECEIVED:
      return templates::kIdeaReceived;
    case v1::PURPOSE_PARTNER_INVITED:
      return templates::kPartnerInvited;
    case v1::PURPOSE_INVITATION_WITHDRAWN:
      return templates::kInvitationWithdrawn;
    case v1::PURPOSE_INVITATION_ACCEPTED:
      return templates::kInvitationAccepted;
    case v1::PURPOSE_INVITATION_DECLINED:
      return templates::kInvitationDeclined;
    case v1::PURPOSE_PROPOSAL_SUBMITTED:
      return templates::kProposalSubmitted;
    case v1::PURPOSE_MANDATE_OFFERED:
      return templates::kMandateOffered;
    default:
      return nullptr;
  }
}

ms::data Table(const Facts& facts) {
  ms::data list(ms::data::type::list);
  for (const auto& [label, value] : facts.table) {
    ms::data row;
    row.set("label", label);
    row.set("value", value);
    list.push_back(row);
  }
  return list;
}

ms::data LinkOf(const Link& link) {
  if (link.url.empty()) {
    return ms::data(ms::data::type::bool_false);
  }
  ms::data shown;
  shown.set("label", link.label);
  shown.set("url", link.url);
  return shown;
}

struct Letter {
  std::string subject, text, html;
};

absl::StatusOr<Letter> WriteLetter(v1::Purpose purpose, const Facts& facts) {
  const char* source = TemplateOf(purpose);
  if (source == nullptr) {
    return errors::Error(ty::ERROR_REASON_INTERNAL_FAULT, "the purpose has no template");
  }
  ms::data words = facts.words;
  words.set("name", facts.name);
  words.set("title", facts.title);
  words.set("contact", facts.contact);
  ASSIGN_OR_RETURN(const std::string body, Render(source, words, Escape::kNone));
  words.set("title", Shorten(facts.title, kSubjectTitle));
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
  page.set("link", LinkOf(facts.link));
  page.set("facts", Table(facts));
  page.set("contact", facts.contact);
  Letter letter{.subject = subject};
  ASSIGN_OR_RETURN(letter.text, Render(templates::kLayoutText, page, Escape::kNone));
  ASSIGN_OR_RETURN(letter.html, Render(templates::kLayoutHtml, page, Escape::kHtml));
  return letter;
}

}  // namespace

absl::StatusOr<Mail> WriteMail(const v1::Message& message, Facts facts, const Mailbox& from,
                               absl::Time date) {
  if (facts.email.empty()) {
    return errors::Error(ty::ERROR_REASON_RESOURCE_NOT_FOUND, "the recipient has no address");
  }
  const std::string& sender = from.address.text();
  if (facts.contact.empty()) {
    facts.contact = sender;
  }
  ASSIGN_OR_RETURN(const Letter letter, WriteLetter(message.purpose(), facts));
  const absl::string_view id = absl::StripPrefix(message.name(), "messages/");
  Mail mail{.from = from, .text = letter.text, .html = letter.html, .date = date};
  ASSIGN_OR_RETURN(mail.to.name, HeaderText::From(facts.name));
  ASSIGN_OR_RETURN(mail.to.address, HeaderText::From(facts.email));
  ASSIGN_OR_RETURN(mail.reply_to.address, HeaderText::From(facts.contact));
  ASSIGN_OR_RETURN(mail.subject, HeaderText::From(letter.subject));
  ASSIGN_OR_RETURN(mail.message_id,
                   HeaderText::From(absl::StrCat(id, sender.substr(sender.rfind('@')))));
  return mail;
}

}  // namespace scharnier::notifications
