#include "services/notifications/mandate_facts.h"

#include "common/testing/text_proto.h"
#include "services/notifications/notifications_test.h"

namespace scharnier::notifications {
namespace {

using organisations::v1::Mandate;
using organisations::v1::Organisation;
using testing::FromText;
using ::testing::HasSubstr;
using testing::IsOk;

TEST(MandateFactsTest, AnOfferInFull) {
  const auto mail = WriteMail(v1::PURPOSE_MANDATE_OFFERED,
                              FactsOf(FromText<Mandate>(R"pb(
                                        full_name: "An Peeters"
                                        email: "an@example.org"
                                        role: ROLE_EDITOR
                                        expire_time { seconds: 1640000000 })pb"),
                                      FromText<Organisation>(R"pb(display_name: "De Wissel")pb")));
  ASSERT_THAT(mail, IsOk());
  EXPECT_EQ(mail->subject.text(), "Machtiging voor De Wissel");
  EXPECT_EQ(mail->to.address.text(), "an@example.org");
  EXPECT_EQ(mail->text,
            "Dag An Peeters,\n"
            "\n"
            "Je bent uitgenodigd om te handelen voor De Wissel. Hieronder staat wat je dan mag.\n"
            "\n"
            "Je kunt de machtiging aanvaarden vóór maandag 20 december 2021 om 12.33 uur. Ken je "
            "deze organisatie niet? Dan hoef je niets te doen.\n"
            "\n"
            "Organisatie: De Wissel\n"
            "Wat je mag: schrijven (inschrijven, ideeën indienen, voorstellen opstellen)\n"
            "Te aanvaarden vóór: maandag 20 december 2021 om 12.33 uur\n"
            "\n"
            "Vragen? Antwoord op deze mail of mail naar meedoen@example.org.\n");
}

TEST(MandateFactsTest, EachRoleSaysWhatItMayDo) {
  for (const auto& [role, words] : {std::pair(Mandate::ROLE_VIEWER, "Wat je mag: lezen\n"),
                                    std::pair(Mandate::ROLE_EDITOR, "Wat je mag: schrijven ("),
                                    std::pair(Mandate::ROLE_SIGNATORY, "Wat je mag: tekenen (")}) {
    Mandate mandate;
    mandate.set_email("an@example.org");
    mandate.set_role(role);
    const auto mail = WriteMail(v1::PURPOSE_MANDATE_OFFERED, FactsOf(mandate, Organisation()));
    ASSERT_THAT(mail, IsOk());
    EXPECT_THAT(mail->text, HasSubstr(words));
  }
}

}  // namespace
}  // namespace scharnier::notifications
