#include "services/notifications/call_facts.h"

#include "common/testing/text_proto.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/notifications/notifications_test.h"

namespace scharnier::notifications {
namespace {

using organisations::v1::Organisation;
using testing::FromText;
using testing::HasReason;
using ::testing::HasSubstr;
using testing::IsOk;

Organisation AnOrganisation() {
  return FromText<Organisation>(R"pb(
    display_name: "De Wissel"
    mailboxes { email: "info@dewissel.example.org" }
    mailboxes { email: "directie@dewissel.example.org" })pb");
}

proposals::v1::Call ACall() {
  return FromText<proposals::v1::Call>(R"pb(
    title { nl: "Reconversie in de jeugdhulp" }
    goal { nl: "Zorg op maat." }
    contact_email: "reconversie@example.org"
    documents { title { nl: "De rondzendbrief" } }
    milestones {
      title { nl: "Voorstellen indienen" }
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
      title { nl: "Gezinshuizen" }
      milestones {
        title { nl: "Ideeën" }
        when {
          deadline {
            date { year: 2022 month: 3 day: 15 }
            strictness: STRICTNESS_SOFT
            bound: BOUND_EXCLUSIVE
          }
        }
        gate: GATE_INTEREST
      }
      milestones {
        title { nl: "Gesprekken" }
        when { not_known {} }
      }
    }
    tracks { title { nl: "Andere kansen" } }
    amendments {
      number: 1
      reason { nl: "De zomer." }
      diff: "Termijn \"Voorstellen indienen\": was A, wordt B"
      diff: "Contactadres: was C, wordt D"
    }
    amendments {
      number: 2
      reason { nl: "Nog iets." }
      diff: "Titel: was E, wordt F"
    })pb");
}

TEST(CallFactsTest, ANewCallInFull) {
  const auto mail = WriteMail(v1::PURPOSE_CALL_PUBLISHED, FactsOf(ACall(), AnOrganisation()));
  ASSERT_THAT(mail, IsOk());
  EXPECT_EQ(mail->subject.text(), "Nieuwe oproep: Reconversie in de jeugdhulp");
  EXPECT_EQ(mail->to.name.text(), "De Wissel");
  EXPECT_EQ(mail->to.address.text(), "info@dewissel.example.org");
  EXPECT_EQ(mail->reply_to.address.text(), "reconversie@example.org");
  EXPECT_EQ(mail->text,
            "Dag De Wissel,\n"
            "\n"
            "Er is een nieuwe oproep: \"Reconversie in de jeugdhulp\".\n"
            "\n"
            "Zorg op maat.\n"
            "\n"
            "Hieronder staan de sporen en de data.\n"
            "\n"
            "Spoor: Gezinshuizen\n"
            "Spoor: Andere kansen\n"
            "Voorstellen indienen: tot en met vrijdag 9 september 2022\n"
            "Ideeën (Gezinshuizen): bij voorkeur vóór dinsdag 15 maart 2022\n"
            "Gesprekken (Gezinshuizen): nog niet bekend\n"
            "Document: De rondzendbrief\n"
            "\n"
            "Vragen? Antwoord op deze mail of mail naar reconversie@example.org.\n");
}

TEST(CallFactsTest, AnAmendmentSaysWhyAndEachChange) {
  const auto facts = FactsOf(ACall(), 1, AnOrganisation());
  ASSERT_THAT(facts, IsOk());
  const auto mail = WriteMail(v1::PURPOSE_CALL_AMENDED, *facts);
  ASSERT_THAT(mail, IsOk());
  EXPECT_EQ(mail->subject.text(), "Gewijzigd: Reconversie in de jeugdhulp");
  EXPECT_THAT(mail->text,
              HasSubstr("De oproep \"Reconversie in de jeugdhulp\" is gewijzigd. De reden: De "
                        "zomer.\n"
                        "\n"
                        "Dit is er veranderd:\n"
                        "\n"
                        "Termijn \"Voorstellen indienen\": was A, wordt B\n"
                        "\n"
                        "Contactadres: was C, wordt D\n"
                        "\n"
                        "Hieronder staat de oproep zoals die nu is.\n"));
  EXPECT_THAT(mail->html, HasSubstr("<p>Contactadres: was C, wordt D</p>"));
}

TEST(CallFactsTest, AnAmendmentThatIsNotThere) {
  for (const int number : {0, 3}) {
    EXPECT_THAT(FactsOf(ACall(), number, AnOrganisation()),
                HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  }
}

TEST(CallFactsTest, AnOrganisationWithoutMailbox) {
  Organisation unreachable = AnOrganisation();
  unreachable.clear_mailboxes();
  EXPECT_THAT(WriteMail(v1::PURPOSE_CALL_PUBLISHED, FactsOf(ACall(), unreachable)),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
}

}  // namespace
}  // namespace scharnier::notifications
