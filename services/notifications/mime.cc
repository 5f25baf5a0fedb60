#include "services/notifications/mime.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/errors/errors.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::notifications {
namespace {

namespace ty = ::scharnier::types::v1;

void Start() {
  static std::once_flag once;
  std::call_once(once, g_mime_init);
}

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

// Text as a header carries it. What is more than plain ASCII becomes encoded words (RFC 2047):
// whole characters, and at most 75 bytes a word, which gmime's own may exceed. Plain text that
// looks like an encoded word becomes one too, or a reader would decode it.
std::string Encoded(absl::string_view text) {
  if (!absl::StrContains(text, "=?") &&
      std::all_of(text.begin(), text.end(), absl::ascii_isascii)) {
    return std::string(text);
  }
  constexpr absl::string_view kBegin = "=?utf-8?q?", kEnd = "?=";
  constexpr size_t kMostBytes = 75 - kBegin.size() - kEnd.size();
  std::vector<std::string> words(1);
  while (!text.empty()) {
    size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) {
      ++length;
    }
    std::string character;
    for (const char c : text.substr(0, length)) {
      absl::StrAppend(&character, absl::ascii_isalnum(static_cast<unsigned char>(c))
                                      ? std::string(1, c)
                                      : absl::StrFormat("=%02X", static_cast<unsigned char>(c)));
    }
    if (words.back().size() + character.size() > kMostBytes) {
      words.emplace_back();
    }
    words.back() += character;
    text.remove_prefix(length);
  }
  return absl::StrJoin(words, " ", [&](std::string* out, const std::string& word) {
    absl::StrAppend(out, kBegin, word, kEnd);
  });
}

void AddMailbox(GMimeMessage* message, GMimeAddressType type, const Mailbox& mailbox) {
  const std::string name = Encoded(mailbox.name.text());
  const Owned<InternetAddress> address(internet_address_mailbox_new(
      name.empty() ? nullptr : name.c_str(), mailbox.address.text().c_str()));
  internet_address_set_charset(address.get(), "utf-8");
  internet_address_list_add(g_mime_message_get_addresses(message, type), address.get());
}

void AddText(GMimeMultipart* parts, const char* subtype, const std::string& text) {
  // Not by gmime's text part, which chooses a charset of its own.
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(text.data(), text.size()));
  const Owned<GMimeDataWrapper> content(
      g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  const Owned<GMimePart> part(g_mime_part_new_with_type("text", subtype));
  g_mime_object_set_content_type_parameter(GMIME_OBJECT(part.get()), "charset", "utf-8");
  g_mime_part_set_content(part.get(), content.get());
  // Seven bits and short lines pass every relay unchanged.
  g_mime_part_set_content_encoding(part.get(), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
  g_mime_multipart_add(parts, GMIME_OBJECT(part.get()));
}

// Control characters of ASCII and Latin-1 (U+0080 to U+009F), and U+2028 and U+2029, in UTF-8.
bool HasControl(absl::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) {
      return true;
    }
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      return true;
    }
    const absl::string_view rest = text.substr(i);
    if (absl::StartsWith(rest, "\u2028") || absl::StartsWith(rest, "\u2029")) {
      return true;
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<HeaderText> HeaderText::From(absl::string_view text) {
  if (HasControl(text)) {
    return errors::Error(ty::ERROR_REASON_FIELD_INVALID, "a header cannot hold control characters");
  }
  return HeaderText(text);
}

absl::StatusOr<Mailbox> ParseMailbox(absl::string_view text) {
  Start();
  const auto invalid =
      errors::Error(ty::ERROR_REASON_FIELD_INVALID, "one mailbox: Naam <adres@example.org>");
  absl::StatusOr<HeaderText> line = HeaderText::From(text);
  if (!line.ok()) {
    return invalid;
  }
  const Owned<InternetAddressList> list(internet_address_list_parse(nullptr, line->text().c_str()));
  if (list == nullptr || internet_address_list_length(list.get()) != 1) {
    return invalid;
  }
  InternetAddress* first = internet_address_list_get_address(list.get(), 0);
  if (!INTERNET_ADDRESS_IS_MAILBOX(first)) {
    return invalid;
  }
  const char* name = internet_address_get_name(first);
  const char* address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(first));
  if (address == nullptr || !absl::StrContains(address, '@')) {
    return invalid;
  }
  Mailbox mailbox;
  absl::StatusOr<HeaderText> read_name = HeaderText::From(name == nullptr ? "" : name);
  absl::StatusOr<HeaderText> read_address = HeaderText::From(address);
  if (!read_name.ok() || !read_address.ok()) {
    return invalid;
  }
  mailbox.name = *std::move(read_name);
  mailbox.address = *std::move(read_address);
  return mailbox;
}

std::string ToMime(const Mail& mail) {
  Start();
  const Owned<GMimeMessage> message(g_mime_message_new(/*pretty_headers=*/TRUE));
  AddMailbox(message.get(), GMIME_ADDRESS_TYPE_FROM, mail.from);
  AddMailbox(message.get(), GMIME_ADDRESS_TYPE_REPLY_TO, mail.reply_to);
  AddMailbox(message.get(), GMIME_ADDRESS_TYPE_TO, mail.to);
  g_mime_message_set_subject(message.get(), Encoded(mail.subject.text()).c_str(), "utf-8");
  g_mime_message_set_message_id(message.get(), mail.message_id.text().c_str());
  GDateTime* date = g_date_time_new_from_unix_utc(absl::ToUnixSeconds(mail.date));
  g_mime_message_set_date(message.get(), date);
  g_date_time_unref(date);
  g_mime_object_set_header(GMIME_OBJECT(message.get()), "Auto-Submitted", "auto-generated",
                           nullptr);

  const Owned<GMimeMultipart> parts(g_mime_multipart_new_with_subtype("alternative"));
  AddText(parts.get(), "plain", mail.text);
  AddText(parts.get(), "html", mail.html);
  g_mime_message_set_mime_part(message.get(), GMIME_OBJECT(parts.get()));

  GMimeFormatOptions* format = g_mime_format_options_new();
  g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
  char* bytes = g_mime_object_to_string(GMIME_OBJECT(message.get()), format);
  g_mime_format_options_free(format);
  std::string result(bytes);
  g_free(bytes);
  return result;
}

}  // namespace scharnier::notifications
