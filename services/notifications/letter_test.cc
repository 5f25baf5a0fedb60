#include "services/notifications/letter.h"

#include "absl/strings/str_cat.h"
#include "common/testing/matchers.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/notifications/notifications_test.h"

namespace scharnier::notifications {
namespace {

namespace ty = ::scharnier::types::v1;
using ::testing::AllOf;
using testing::HasReason;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;

absl::StatusOr<Mail> Write(v1::Purpose purpose, const RegistrationParts& parts, int person = 0) {
  return WriteMail(purpose, FactsOf(parts, absl::StrCat("people/", person)));
}

TEST(LetterTest, AConfirmationInFull) {
  const auto mail = Write(v1::PURPOSE_REGISTRATION_CONFIRMED, ExampleRegistration());
  ASSERT_THAT(mail, IsOk());
  EXPECT_EQ(mail->subject.text(), "Bevestigd: Focusgroep 1: cliënten & context");
  EXPECT_EQ(mail->to.name.text(), "Zoë Çelik");
  EXPECT_EQ(mail->to.address.text(), "zoe@example.org");
  EXPECT_EQ(mail->from.address.text(), "meedoen@example.org");
  EXPECT_EQ(mail->reply_to.address.text(), "vragen@example.org");
  EXPECT_EQ(mail->message_id.text(), "01900000-0000-7000-8000-00000000000c@example.org");
  EXPECT_EQ(mail->date, absl::FromUnixSeconds(1'602'000'000));
  EXPECT_EQ(mail->text,
            "Dag Zoë Çelik,\n"
            "\n"
            "De inschrijving voor \"Focusgroep 1: cliënten & context\" is bevestigd.\n"
            "\n"
            "Kun je toch niet komen? Annuleer de inschrijving dan, zodat iemand anders de plaats "
            "krijgt.\n"
            "\n"
            "Sessie: Focusgroep 1: cliënten & context\n"
            "Wanneer: donderdag 15 oktober 2020 van 9.00 tot 12.00 uur\n"
            "Waar: Opgroeien, Hallepoortlaan 27, 1060 Brussel\n"
            "Deelnemers: Zoë Çelik, Bob De Wit\n"
            "Referentie: 7F3A-92C1\n"
            "\n"
            "Vragen? Antwoord op deze mail of mail naar vragen@example.org.\n");
  EXPECT_THAT(mail->html,
              AllOf(HasSubstr("<html lang=\"nl\">"), HasSubstr("<p>Dag Zoë Çelik,</p>"),
                    HasSubstr("<title>Bevestigd: Focusgroep 1: cliënten &amp; context</title>"),
                    HasSubstr("<td>donderdag 15 oktober 2020 van 9.00 tot 12.00 uur</td>"),
                    HasSubstr("vragen@example.org"), Not(HasSubstr("{{"))));
}

TEST(LetterTest, EachPurposeSaysWhatHappened) {
  struct Case {
    v1::Purpose purpose;
    const char* subject;
    const char* text;
  };
  for (const Case& c : {
           Case{v1::PURPOSE_REGISTRATION_CONFIRMED, "Bevestigd: ", "is bevestigd."},
           Case{v1::PURPOSE_REGISTRATION_WAITLISTED,
                "Wachtlijst: ", "staat op de wachtlijst, op plaats 3."},
           Case{v1::PURPOSE_REGISTRATION_PROMOTED, "Plaats vrijgekomen: ", "is nu bevestigd."},
           Case{v1::PURPOSE_REGISTRATION_CANCELLED, "Geannuleerd: ", "is geannuleerd."},
       }) {
    RegistrationParts parts = ExampleRegistration();
    parts.registration.set_waiting_position(3);
    const auto mail = Write(c.purpose, parts);
    ASSERT_THAT(mail, IsOk());
    EXPECT_EQ(mail->subject.text(), absl::StrCat(c.subject, "Focusgroep 1: cliënten & context"));
    EXPECT_THAT(mail->text, HasSubstr(c.text));
    EXPECT_THAT(mail->html, HasSubstr(c.text));
    EXPECT_THAT(mail->text, HasSubstr("donderdag 15 oktober 2020 van 9.00 tot 12.00 uur"));
  }
}

TEST(LetterTest, WhoHasLeftTheLineHasNoPlaceInIt) {
  const auto mail = Write(v1::PURPOSE_REGISTRATION_WAITLISTED, ExampleRegistration());
  ASSERT_THAT(mail, IsOk());
  EXPECT_THAT(mail->text, HasSubstr("staat op de wachtlijst."));
}

TEST(LetterTest, SaysWhereItIs) {
  struct Case {
    events::v1::Session::Mode mode;
    const char* address;
    const char* where;
  };
  for (const Case& c : {
           Case{events::v1::Session::MODE_ONLINE, "", "Waar: online\n"},
           Case{events::v1::Session::MODE_IN_PERSON, "Zaal 1, Gent", "Waar: Zaal 1, Gent\n"},
           Case{events::v1::Session::MODE_IN_PERSON, "", "Waar: nog niet bekend\n"},
           Case{events::v1::Session::MODE_HYBRID, "Zaal 1, Gent",
                "Waar: Zaal 1, Gent, of online\n"},
       }) {
    RegistrationParts parts = ExampleRegistration();
    parts.session.set_mode(c.mode);
    parts.session.clear_place();
    if (*c.address != '\0') {
      parts.session.mutable_place()->set_address(c.address);
    }
    const auto mail = Write(v1::PURPOSE_REGISTRATION_CONFIRMED, parts);
    ASSERT_THAT(mail, IsOk());
    EXPECT_THAT(mail->text, HasSubstr(c.where));
  }
}

TEST(LetterTest, SaysHowToGetThereAndThatTheDayIsNotKnown) {
  RegistrationParts parts = ExampleRegistration();
  parts.session.mutable_place()->set_access("wandelafstand van station Brussel-Zuid");
  parts.session.mutable_when()->mutable_not_known();
  const auto mail = Write(v1::PURPOSE_REGISTRATION_CONFIRMED, parts);
  ASSERT_THAT(mail, IsOk());
  EXPECT_THAT(mail->text, HasSubstr("Bereikbaarheid: wandelafstand van station Brussel-Zuid\n"));
  EXPECT_THAT(mail->text, HasSubstr("Wanneer: nog niet bekend\n"));
}

TEST(LetterTest, EachRecipientGetsTheirOwn) {
  const auto mail = Write(v1::PURPOSE_REGISTRATION_CONFIRMED, ExampleRegistration(), 1);
  ASSERT_THAT(mail, IsOk());
  EXPECT_EQ(mail->to.address.text(), "bob@example.org");
  EXPECT_THAT(mail->text, HasSubstr("Dag Bob De Wit,"));
}

TEST(LetterTest, NeverHoldsAnAnswer) {
  for (const v1::Purpose purpose :
       {v1::PURPOSE_REGISTRATION_CONFIRMED, v1::PURPOSE_REGISTRATION_WAITLISTED,
        v1::PURPOSE_REGISTRATION_PROMOTED, v1::PURPOSE_REGISTRATION_CANCELLED}) {
    const auto mail = Write(purpose, ExampleRegistration());
    ASSERT_THAT(mail, IsOk());
    EXPECT_THAT(absl::StrCat(mail->text, mail->html), Not(HasSubstr("CANARY-ANSWER")));
  }
}

TEST(LetterTest, NamesCannotBecomeHtml) {
  RegistrationParts parts = ExampleRegistration();
  parts.registration.mutable_recipients(0)->set_full_name("<script>alert(1)</script>");
  parts.registration.mutable_attendees(0)->set_full_name("<script>alert(1)</script>");
  parts.session.mutable_title()->set_nl("<img src=x onerror=alert(1)> {{contact}}");
  parts.session.mutable_place()->set_address("\"><script>");
  const auto mail = Write(v1::PURPOSE_REGISTRATION_CONFIRMED, parts);
  ASSERT_THAT(mail, IsOk());
  EXPECT_THAT(mail->html, Not(HasSubstr("<script")));
  EXPECT_THAT(mail->html, Not(HasSubstr("<img")));
  EXPECT_THAT(mail->html, HasSubstr("{{contact}}"));
  EXPECT_THAT(mail->text, HasSubstr("Dag <script>alert(1)</script>,"));
}

TEST(LetterTest, ATitleOfManyLinesMakesOneSubject) {
  RegistrationParts parts = ExampleRegistration();
  const std::string tail(200, 'x');
  std::string title = "Een\nlange  titel ";
  title += tail;
  parts.session.mutable_title()->set_nl(title);
  const auto mail = Write(v1::PURPOSE_REGISTRATION_CONFIRMED, parts);
  ASSERT_THAT(mail, IsOk());
  EXPECT_EQ(mail->subject.text(),
            absl::StrCat("Bevestigd: Een lange titel ", tail.substr(0, 83), "…"));
  EXPECT_THAT(mail->text, HasSubstr(tail));
}

TEST(LetterTest, LettersAreCutWhole) {
  RegistrationParts parts = ExampleRegistration();
  std::string title;
  for (int i = 0; i < 101; ++i) {
    title += "é";
  }
  parts.session.mutable_title()->set_nl(title);
  const auto mail = Write(v1::PURPOSE_REGISTRATION_CONFIRMED, parts);
  ASSERT_THAT(mail, IsOk());
  EXPECT_EQ(mail->subject.text(),
            absl::StrCat("Bevestigd: ", title.substr(0, size_t{2} * 99), "…"));
}

TEST(LetterTest, NobodyToTell) {
  EXPECT_THAT(Write(v1::PURPOSE_REGISTRATION_CONFIRMED, ExampleRegistration(), 2),
              HasReason(ty::ERROR_REASON_RESOURCE_NOT_FOUND));
  RegistrationParts erased = ExampleRegistration();
  erased.registration.mutable_recipients(0)->Clear();
  EXPECT_THAT(Write(v1::PURPOSE_REGISTRATION_CONFIRMED, erased),
              HasReason(ty::ERROR_REASON_RESOURCE_NOT_FOUND));
}

TEST(LetterTest, ANameThatCannotStandInAHeaderIsRefused) {
  RegistrationParts parts = ExampleRegistration();
  parts.registration.mutable_recipients(0)->set_full_name("Mallory\r\nBcc: x@example.org");
  EXPECT_THAT(Write(v1::PURPOSE_REGISTRATION_CONFIRMED, parts),
              HasReason(ty::ERROR_REASON_FIELD_INVALID));
  parts = ExampleRegistration();
  parts.registration.mutable_recipients(0)->set_email("m@example.org>\r\nRCPT TO:<x@example.org");
  EXPECT_THAT(Write(v1::PURPOSE_REGISTRATION_CONFIRMED, parts),
              HasReason(ty::ERROR_REASON_FIELD_INVALID));
}

TEST(LetterTest, WhereNobodyIsNamedTheSenderIsAsked) {
  RegistrationParts parts = ExampleRegistration();
  parts.series.clear_contact_email();
  const auto mail = Write(v1::PURPOSE_REGISTRATION_CONFIRMED, parts);
  ASSERT_THAT(mail, IsOk());
  EXPECT_EQ(mail->reply_to.address.text(), "meedoen@example.org");
  EXPECT_THAT(mail->text, HasSubstr("of mail naar meedoen@example.org."));
}

TEST(LetterTest, EveryPurposeHasATemplate) {
  Facts facts{.name = "An Peeters", .email = "an@example.org", .title = "Reconversie"};
  for (const char* word :
       {"position", "goal", "reason", "diff", "reference", "late", "lead", "partner", "until"}) {
    facts.words.set(word, kainjow::mustache::data(kainjow::mustache::data::type::bool_false));
  }
  for (int purpose = v1::Purpose_MIN + 1; purpose <= v1::Purpose_MAX; ++purpose) {
    EXPECT_THAT(WriteMail(static_cast<v1::Purpose>(purpose), facts), IsOk())
        << v1::Purpose_Name(static_cast<v1::Purpose>(purpose));
  }
}

TEST(LetterTest, APurposeWithoutTemplateIsAFault) {
  EXPECT_THAT(Write(v1::PURPOSE_UNSPECIFIED, ExampleRegistration()),
              HasReason(ty::ERROR_REASON_INTERNAL_FAULT));
}

}  // namespace
}  // namespace scharnier::notifications
