#include "services/notifications/mime.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/testing/matchers.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::notifications {
namespace {

namespace ty = ::scharnier::types::v1;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

HeaderText Text(absl::string_view text) { return HeaderText::From(text).value(); }

Mail Example() {
  Mail mail;
  mail.from = {.name = Text("Opgroeien"), .address = Text("meedoen@example.org")};
  mail.to = {.name = Text("Zoë Çelik"), .address = Text("zoe@example.org")};
  mail.reply_to = {.name = {}, .address = Text("vragen@example.org")};
  mail.subject = Text("Bevestigd: een café vóór vijven");
  mail.text = "Dag Zoë,\n\nTot dan.\n";
  mail.html = "<p>Dag Zoë,</p>\n";
  mail.message_id = Text("0190-1@example.org");
  mail.date = absl::FromUnixSeconds(1'602'745'200);  // 15 October 2020, 07:00 UTC
  return mail;
}

// What a reader of the mail sees, by gmime's parser.
class Read {
 public:
  explicit Read(const std::string& bytes) {
    GMimeStream* stream = g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size());
    GMimeParser* parser = g_mime_parser_new_with_stream(stream);
    message_ = g_mime_parser_construct_message(parser, nullptr);
    g_object_unref(parser);
    g_object_unref(stream);
  }
  ~Read() { g_object_unref(message_); }
  Read(const Read&) = delete;
  Read& operator=(const Read&) = delete;

  std::string Subject() const { return g_mime_message_get_subject(message_); }
  std::string MessageId() const { return g_mime_message_get_message_id(message_); }
  std::string Addresses(GMimeAddressType type) const {
    char* text = internet_address_list_to_string(g_mime_message_get_addresses(message_, type),
                                                 nullptr, FALSE);
    std::string result(text == nullptr ? "" : text);
    g_free(text);
    return result;
  }
  std::string NameOf(GMimeAddressType type) const {
    InternetAddressList* list = g_mime_message_get_addresses(message_, type);
    EXPECT_EQ(internet_address_list_length(list), 1);
    return internet_address_get_name(internet_address_list_get_address(list, 0));
  }
  std::string Header(const char* name) const {
    const char* value = g_mime_object_get_header(GMIME_OBJECT(message_), name);
    return value == nullptr ? "" : value;
  }
  int HeaderCount() const {
    return g_mime_header_list_get_count(g_mime_object_get_header_list(GMIME_OBJECT(message_)));
  }
  std::string Part(int index, const std::string& type) const {
    GMimeObject* part =
        g_mime_multipart_get_part(GMIME_MULTIPART(g_mime_message_get_mime_part(message_)), index);
    char* mime_type = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(part));
    EXPECT_EQ(mime_type, type);
    g_free(mime_type);
    EXPECT_STREQ(g_mime_object_get_content_type_parameter(part, "charset"), "utf-8");
    char* text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
    std::string result = absl::StrReplaceAll(text, {{"\r\n", "\n"}});
    g_free(text);
    return result;
  }

 private:
  GMimeMessage* message_;
};

TEST(MimeTest, AReaderSeesWhatWasWritten) {
  const Mail mail = Example();
  const std::string bytes = ToMime(mail);
  const Read read(bytes);
  EXPECT_EQ(read.Subject(), mail.subject.text());
  EXPECT_EQ(read.MessageId(), "0190-1@example.org");
  EXPECT_EQ(read.Addresses(GMIME_ADDRESS_TYPE_FROM), "Opgroeien <meedoen@example.org>");
  EXPECT_EQ(read.Addresses(GMIME_ADDRESS_TYPE_TO), "Zoë Çelik <zoe@example.org>");
  EXPECT_EQ(read.Addresses(GMIME_ADDRESS_TYPE_REPLY_TO), "vragen@example.org");
  EXPECT_EQ(read.Header("Auto-Submitted"), "auto-generated");
  EXPECT_EQ(read.Header("Date"), "Thu, 15 Oct 2020 07:00:00 +0000");
  EXPECT_EQ(read.Header("MIME-Version"), "1.0");
  EXPECT_THAT(bytes, HasSubstr("\r\nContent-Type: multipart/alternative; boundary="));
  EXPECT_EQ(read.Part(0, "text/plain"), mail.text);
  EXPECT_EQ(read.Part(1, "text/html"), mail.html);
}

TEST(MimeTest, EveryRelayCanCarryIt) {
  Mail mail = Example();
  mail.subject =
      Text(absl::StrCat("Bevestigd: ", std::string(300, 'x'), " ", std::string(100, 'y')));
  mail.text = absl::StrCat(std::string(5000, 'z'), " ë\n.\n..\nFrom wie?\n");
  mail.to.name = Text(std::string(200, 'n'));
  const std::string bytes = ToMime(mail);
  EXPECT_THAT(absl::StrReplaceAll(bytes, {{"\r\n", ""}}), Not(HasSubstr("\n")))
      << "a bare line feed";
  for (const absl::string_view line : absl::StrSplit(bytes, "\r\n")) {
    EXPECT_LE(line.size(), 998u);
  }
  EXPECT_TRUE(std::all_of(bytes.begin(), bytes.end(), [](unsigned char c) { return c < 0x80; }));
  EXPECT_FALSE(absl::StrContains(absl::AsciiStrToLower(bytes), "iso-8859"));
  const Read read(bytes);
  EXPECT_EQ(read.Subject(), mail.subject.text());
  EXPECT_EQ(read.Part(0, "text/plain"), mail.text);
}

// RFC 2047: an encoded word has at most 75 characters.
TEST(MimeTest, HeadersOfAnyTextAreRead) {
  for (const std::string& text :
       std::vector<std::string>{"李", "Zoë", std::string(44, 'x') + "é", std::string(45, 'x') + "é",
                                absl::StrReplaceAll(std::string(60, '.'), {{".", "李小龍 "}}) + "!",
                                absl::StrReplaceAll(std::string(200, '.'), {{".", "é"}}),
                                "=?utf-8?q?Opgroeien?= <baas@example.org>", "5 =? 3",
                                "Zoë \"Zo\" <z@example.org>, b@example.org"}) {
    Mail mail = Example();
    mail.subject = Text(text);
    mail.to.name = Text(text);
    const std::string bytes = ToMime(mail);
    const Read read(bytes);
    EXPECT_EQ(read.Subject(), text);
    EXPECT_EQ(read.NameOf(GMIME_ADDRESS_TYPE_TO), text);
    EXPECT_THAT(read.Addresses(GMIME_ADDRESS_TYPE_TO), HasSubstr("<zoe@example.org>"));
    for (const absl::string_view word : absl::StrSplit(bytes, absl::ByAnyChar(" \r\n"))) {
      if (absl::StartsWith(word, "=?")) {
        EXPECT_LE(word.size(), 75u) << word;
        EXPECT_TRUE(absl::EndsWith(word, "?=")) << word;
      }
    }
  }
}

TEST(HeaderTextTest, RefusesWhatCouldAddAHeader) {
  for (const absl::string_view text : std::vector<absl::string_view>{
           "a\r\nBcc: b@example.org", "a\nb", "a\rb", absl::string_view("a\0b", 3), "a\tb", "a\x7f",
           "a\u0085b", "a\u009fb", "a\u2028.b", "a\u2029.b"}) {
    EXPECT_THAT(HeaderText::From(text), testing::HasReason(ty::ERROR_REASON_FIELD_INVALID)) << text;
  }
}

TEST(HeaderTextTest, TakesWhatPeopleAreCalled) {
  for (const absl::string_view text : {"", "An Peeters", "Zoë Çelik-D'Hondt", "李小龍", "\u00A0",
                                       "Â", "O\u2019Neill, \"An\" <x>"}) {
    EXPECT_THAT(HeaderText::From(text), testing::IsOk()) << text;
  }
}

// Names with the signs of addresses stay names: the mail has one recipient.
TEST(HeaderTextTest, ANameCannotBecomeAnAddress) {
  Mail mail = Example();
  mail.to.name = Text("Mallory <m@example.org>, \"Bob\" <b@example.org>; x:");
  const Read read(ToMime(mail));
  const int headers = Read(ToMime(Example())).HeaderCount();
  EXPECT_EQ(read.HeaderCount(), headers);
  EXPECT_THAT(read.Addresses(GMIME_ADDRESS_TYPE_TO), HasSubstr("<zoe@example.org>"));
  EXPECT_THAT(read.Addresses(GMIME_ADDRESS_TYPE_TO), StartsWith("\"Mallory"));
}

TEST(ParseMailboxTest, ReadsOneMailbox) {
  const auto named = ParseMailbox("Opgroeien meedenken <meedoen@example.org>");
  ASSERT_THAT(named, testing::IsOk());
  EXPECT_EQ(named->name.text(), "Opgroeien meedenken");
  EXPECT_EQ(named->address.text(), "meedoen@example.org");
  const auto bare = ParseMailbox("meedoen@example.org");
  ASSERT_THAT(bare, testing::IsOk());
  EXPECT_EQ(bare->name.text(), "");
  EXPECT_EQ(bare->address.text(), "meedoen@example.org");
}

TEST(ParseMailboxTest, RefusesAnythingElse) {
  for (const char* text : {"", "Opgroeien", "a@example.org, b@example.org", "groep: a@example.org;",
                           "a@example.org\r\nBcc: b@example.org"}) {
    EXPECT_THAT(ParseMailbox(text), testing::HasReason(ty::ERROR_REASON_FIELD_INVALID)) << text;
  }
}

}  // namespace
}  // namespace scharnier::notifications
