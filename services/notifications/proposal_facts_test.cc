#include "services/notifications/proposal_facts.h"

#include "absl/strings/str_cat.h"
#include "common/testing/text_proto.h"
#include "services/notifications/notifications_test.h"

namespace scharnier::notifications {
namespace {

namespace prop = ::scharnier::proposals::v1;
using organisations::v1::Organisation;
using testing::FromText;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;

constexpr char kAn[] = "organisations/01900000-0000-7000-8000-0000000000a1";

Organisation Named(const std::string& name) {
  Organisation organisation;
  organisation.set_name(kAn);
  organisation.set_display_name(name);
  organisation.add_mailboxes()->set_email("info@partner.example.org");
  return organisation;
}

prop::Call ACall() {
  return FromText<prop::Call>(R"pb(
    title { nl: "Reconversie in de jeugdhulp" }
    contact_email: "reconversie@example.org"
    milestones {
      when {
        deadline {
          date { year: 2022 month: 9 day: 9 }
          strictness: STRICTNESS_HARD
          bound: BOUND_INCLUSIVE
        }
      }
      gate: GATE_PROPOSAL
    }
    tracks {
      name: "calls/1/tracks/1"
      title { nl: "Gezinshuizen" }
    }
    tracks {
      name: "calls/1/tracks/2"
      title { nl: "Andere kansen" }
      milestones {
        when {
          deadline {
            date { year: 2022 month: 10 day: 1 }
            strictness: STRICTNESS_HARD
            bound: BOUND_EXCLUSIVE
          }
        }
        gate: GATE_PROPOSAL
      }
    })pb");
}

prop::Idea AnIdea() {
  return FromText<prop::Idea>(R"pb(
    track: "calls/1/tracks/1"
    title: "Samen  thuis"
    contact { full_name: "An Peeters" email: "an@example.org" }
    answers { question_id: "wat" text: "CANARY-ANSWER" }
    reference: "RECO22-0041"
    receive_time { seconds: 1647300000 })pb");
}

TEST(IdeaFactsTest, AnIdeaInFull) {
  const auto mail =
      WriteMail(v1::PURPOSE_IDEA_RECEIVED, FactsOf(AnIdea(), ACall(), Named("De Wissel")));
  ASSERT_THAT(mail, IsOk());
  EXPECT_EQ(mail->subject.text(), "Ontvangen: Samen thuis");
  EXPECT_EQ(mail->to.address.text(), "an@example.org");
  EXPECT_EQ(mail->text,
            "Dag An Peeters,\n"
            "\n"
            "Het idee \"Samen thuis\" is goed ontvangen.\n"
            "\n"
            "De referentie is RECO22-0041: vermeld die als je ons erover schrijft.\n"
            "\n"
            "Oproep: Reconversie in de jeugdhulp\n"
            "Spoor: Gezinshuizen\n"
            "Idee: Samen thuis\n"
            "Organisatie: De Wissel\n"
            "Ontvangen: dinsdag 15 maart 2022 om 0.20 uur\n"
            "Referentie: RECO22-0041\n"
            "\n"
            "Vragen? Antwoord op deze mail of mail naar reconversie@example.org.\n");
}

TEST(IdeaFactsTest, ALateOneIsSaidToBe) {
  prop::Idea idea = AnIdea();
  idea.add_marks(prop::Idea::MARK_LATE);
  const auto mail = WriteMail(v1::PURPOSE_IDEA_RECEIVED, FactsOf(idea, ACall(), Named("X")));
  ASSERT_THAT(mail, IsOk());
  EXPECT_THAT(mail->text, HasSubstr("Het kwam na de gevraagde datum en is als laat genoteerd."));
}

InvitationParts AnInvitation() {
  return {.invitation = FromText<prop::Invitation>(R"pb(
            track: "calls/1/tracks/1"
            title: "Samen thuis")pb"),
          .call = ACall(),
          .lead = Named("De Wissel"),
          .invited = Named("Het Anker"),
          .contact = AnIdea().contact()};
}

TEST(InvitationFactsTest, AnInvitationInFull) {
  const auto mail = WriteMail(v1::PURPOSE_PARTNER_INVITED, FactsOf(AnInvitation(), kAn));
  ASSERT_THAT(mail, IsOk());
  EXPECT_EQ(mail->subject.text(), "Uitnodiging als partner: Samen thuis");
  EXPECT_EQ(mail->to.address.text(), "info@partner.example.org");
  EXPECT_EQ(mail->reply_to.address.text(), "an@example.org") << "staff may not know of it";
  EXPECT_EQ(mail->text,
            "Dag Het Anker,\n"
            "\n"
            "De Wissel vraagt jullie om partner te worden in het voorstel \"Samen thuis\".\n"
            "\n"
            "Wie voor jullie organisatie tekent, kan de uitnodiging aanvaarden of weigeren, tot en "
            "met vrijdag 9 september 2022. Zolang jullie niet antwoorden, kan het voorstel niet "
            "ingediend worden.\n"
            "\n"
            "Oproep: Reconversie in de jeugdhulp\n"
            "Spoor: Gezinshuizen\n"
            "Voorstel: Samen thuis\n"
            "Trekker: De Wissel\n"
            "Gevraagde partner: Het Anker\n"
            "\n"
            "Vragen? Antwoord op deze mail of mail naar an@example.org.\n");
}

TEST(InvitationFactsTest, ATracksOwnDeadlineComesFirst) {
  InvitationParts parts = AnInvitation();
  parts.invitation.set_track("calls/1/tracks/2");
  auto mail = WriteMail(v1::PURPOSE_PARTNER_INVITED, FactsOf(parts, kAn));
  ASSERT_THAT(mail, IsOk());
  EXPECT_THAT(mail->text, HasSubstr("aanvaarden of weigeren, vóór zaterdag 1 oktober 2022."));
  parts.call.mutable_tracks(1)
      ->mutable_milestones(0)
      ->mutable_when()
      ->mutable_deadline()
      ->set_strictness(types::v1::STRICTNESS_SOFT);
  mail = WriteMail(v1::PURPOSE_PARTNER_INVITED, FactsOf(parts, kAn));
  ASSERT_THAT(mail, IsOk());
  EXPECT_THAT(mail->text, HasSubstr("aanvaarden of weigeren. Zolang"));
}

TEST(InvitationFactsTest, TheAnswerGoesToTheContact) {
  for (const auto& [purpose, words] :
       {std::pair(v1::PURPOSE_INVITATION_ACCEPTED, "Het Anker is nu partner in het voorstel"),
        std::pair(v1::PURPOSE_INVITATION_DECLINED, "Het Anker wordt geen partner in het")}) {
    const auto mail = WriteMail(purpose, FactsOf(AnInvitation(), "people/0"));
    ASSERT_THAT(mail, IsOk());
    EXPECT_EQ(mail->to.address.text(), "an@example.org");
    EXPECT_EQ(mail->reply_to.address.text(), "info@partner.example.org");
    EXPECT_THAT(mail->text, HasSubstr(words));
  }
}

TEST(InvitationFactsTest, WhatIsTakenBackAsksNothing) {
  const auto mail = WriteMail(v1::PURPOSE_INVITATION_WITHDRAWN, FactsOf(AnInvitation(), kAn));
  ASSERT_THAT(mail, IsOk());
  EXPECT_THAT(mail->text, HasSubstr("Jullie hoeven niets meer te doen."));
}

ReceiptParts AReceipt() {
  return {.receipt = FromText<prop::Receipt>(R"pb(
            number: 2
            title: "Samen thuis"
            contact { full_name: "An Peeters" email: "an@example.org" }
            reference: "RECO22-0042"
            receive_time { seconds: 1662760799 }
            digest: "5feceb66")pb"),
          .proposal = FromText<prop::Proposal>(R"pb(
            track: "calls/1/tracks/1"
            title: "What is written since"
            contact { full_name: "Bo Maes" email: "bo@example.org" }
            answers { question_id: "wat" text: "CANARY-ANSWER" })pb"),
          .call = ACall(),
          .lead = Named("De Wissel"),
          .partners = {Named("Het Anker")}};
}

TEST(ReceiptFactsTest, AReceiptInFull) {
  const auto mail = WriteMail(v1::PURPOSE_PROPOSAL_SUBMITTED, FactsOf(AReceipt(), "people/0"));
  ASSERT_THAT(mail, IsOk());
  EXPECT_EQ(mail->subject.text(), "Ingediend: Samen thuis");
  EXPECT_EQ(mail->to.address.text(), "an@example.org");
  EXPECT_EQ(mail->text,
            "Dag An Peeters,\n"
            "\n"
            "Het voorstel \"Samen thuis\" is ingediend en goed ontvangen.\n"
            "\n"
            "Het kan opnieuw ingediend worden, tot en met vrijdag 9 september 2022: dan telt de "
            "laatste versie. Bewaar deze mail als ontvangstbewijs.\n"
            "\n"
            "Oproep: Reconversie in de jeugdhulp\n"
            "Spoor: Gezinshuizen\n"
            "Voorstel: Samen thuis\n"
            "Trekker: De Wissel\n"
            "Partners: Het Anker\n"
            "Ontvangen: vrijdag 9 september 2022 om 23.59 uur\n"
            "Versie: 2\n"
            "Referentie: RECO22-0042\n"
            "Vingerafdruk (SHA-256): 5feceb66\n"
            "\n"
            "Vragen? Antwoord op deze mail of mail naar reconversie@example.org.\n");
  EXPECT_THAT(absl::StrCat(mail->text, mail->html), Not(HasSubstr("CANARY-ANSWER")));
}

TEST(ReceiptFactsTest, PartnersAreToldAtTheirMailbox) {
  const Facts facts = FactsOf(AReceipt(), kAn);
  EXPECT_EQ(facts.name, "Het Anker");
  EXPECT_EQ(facts.email, "info@partner.example.org");
  EXPECT_EQ(FactsOf(AReceipt(), absl::StrCat(kAn, "2")).email, "") << "no partner";
}

}  // namespace
}  // namespace scharnier::notifications
