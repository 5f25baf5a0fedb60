#include "services/notifications/links.h"

#include <string>

#include "absl/strings/strip.h"
#include "common/identity/action_token.h"
#include "common/testing/text_proto.h"
#include "common/types/timestamp.h"
#include "services/notifications/mandate_facts.h"
#include "services/notifications/notifications_test.h"

namespace scharnier::notifications {
namespace {

using identity::v1::ActionToken;
using organisations::v1::Mandate;
using proposals::v1::Invitation;
using testing::FromText;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;

constexpr char kUrl[] = "https://loket.example.org/inschrijving#";

class LinksTest : public ::testing::Test {
 protected:
  // What the token of a link says.
  ActionToken Read(const Link& link) const {
    absl::string_view token = link.url;
    EXPECT_TRUE(absl::ConsumePrefix(&token, kUrl)) << link.url;
    const auto read = identity::ReadActionToken(keyring_, token, clock_.Now());
    EXPECT_THAT(read, IsOk());
    return read.value_or(ActionToken());
  }
  absl::Duration LifeOf(const ActionToken& token) const {
    EXPECT_EQ(types::FromProto(token.issue_time()), clock_.Now());
    return types::FromProto(token.expire_time()) - clock_.Now();
  }

  const runtime::Keyring keyring_ = runtime::Keyring::Random();
  const runtime::ManualClock clock_{absl::FromUnixSeconds(1'602'000'000)};
  const std::string template_ = std::string(kUrl) + "{token}";
  const Links links_{{template_, template_, template_}, keyring_, clock_};
  const Links none_{{}, keyring_, clock_};
};

TEST_F(LinksTest, ARegistrationIsOpenToItsRegistrant) {
  events::v1::Registration registration = ExampleRegistration().registration;
  registration.mutable_registrant()->set_email("Zoe@example.org");
  const ActionToken token = Read(links_.ToRegistration(registration, "people/0"));
  EXPECT_EQ(token.purpose(), ActionToken::PURPOSE_REGISTRATION);
  EXPECT_EQ(token.resource(), kRegistration);
  EXPECT_EQ(token.holder(), runtime::PersonKey(keyring_, "zoe@example.org"));
  EXPECT_EQ(LifeOf(token), absl::Hours(180 * 24));
  EXPECT_EQ(links_.ToRegistration(registration, "people/1").url, "") << "who comes along";
  EXPECT_EQ(none_.ToRegistration(registration, "people/0").url, "");
  registration.set_state(events::v1::Registration::STATE_CANCELLED);
  EXPECT_EQ(links_.ToRegistration(registration, "people/0").url, "");
}

TEST_F(LinksTest, AnInvitationIsOpenToTheOrganisation) {
  auto invitation = FromText<Invitation>(R"pb(
    name: "proposals/1/invitations/2"
    organisation: "organisations/3"
    state: STATE_INVITED)pb");
  const ActionToken token = Read(links_.ToInvitation(invitation, "organisations/3"));
  EXPECT_EQ(token.purpose(), ActionToken::PURPOSE_INVITATION);
  EXPECT_EQ(token.resource(), "proposals/1/invitations/2");
  EXPECT_EQ(token.holder(), "organisations/3");
  EXPECT_EQ(LifeOf(token), absl::Hours(60 * 24));
  EXPECT_EQ(links_.ToInvitation(invitation, "people/0").url, "") << "who asked";
  EXPECT_EQ(none_.ToInvitation(invitation, "organisations/3").url, "");
  for (const auto state :
       {Invitation::STATE_ACCEPTED, Invitation::STATE_DECLINED, Invitation::STATE_WITHDRAWN}) {
    invitation.set_state(state);
    EXPECT_EQ(links_.ToInvitation(invitation, "organisations/3").url, "");
  }
}

TEST_F(LinksTest, AMandateIsOpenToThePersonAsLongAsItIsOffered) {
  auto mandate = FromText<Mandate>(R"pb(
    name: "organisations/3/mandates/4"
    person_key: "3f2a"
    state: STATE_INVITED
    expire_time { seconds: 1602003600 })pb");
  const ActionToken token = Read(links_.ToMandate(mandate));
  EXPECT_EQ(token.purpose(), ActionToken::PURPOSE_MANDATE);
  EXPECT_EQ(token.resource(), "organisations/3/mandates/4");
  EXPECT_EQ(token.holder(), "3f2a");
  EXPECT_EQ(LifeOf(token), absl::Hours(1));
  EXPECT_EQ(none_.ToMandate(mandate).url, "");
  mandate.set_state(Mandate::STATE_REVOKED);
  EXPECT_EQ(links_.ToMandate(mandate).url, "");
}

TEST_F(LinksTest, StandsInBothPartsOfAMail) {
  Facts facts{.name = "An", .email = "an@example.org", .title = "De Wissel"};
  facts.words.set("until", "morgen");
  const auto without = WriteMail(v1::PURPOSE_MANDATE_OFFERED, facts);
  ASSERT_THAT(without, IsOk());
  EXPECT_THAT(without->text, Not(HasSubstr("http")));
  EXPECT_THAT(without->html, Not(HasSubstr("<a ")));
  facts.link = {"Bekijken & aanvaarden", "https://loket.example.org/?a=1&b=2#abc"};
  const auto mail = WriteMail(v1::PURPOSE_MANDATE_OFFERED, facts);
  ASSERT_THAT(mail, IsOk());
  EXPECT_THAT(mail->text,
              HasSubstr("\n\nBekijken & aanvaarden: https://loket.example.org/?a=1&b=2#abc\n\n"));
  EXPECT_THAT(mail->html, HasSubstr("<p><a href=\"https://loket.example.org/?a=1&amp;b=2#abc\">"));
  EXPECT_THAT(mail->html, HasSubstr("Bekijken &amp; aanvaarden</a></p>"));
}

TEST(LinkTemplate, HasToBringTheTokenSafely) {
  EXPECT_THAT(CheckLinkTemplate("https://loket.example.org/inschrijving#{token}"), IsOk());
  for (const char* text :
       {"", "https://loket.example.org/", "http://loket.example.org/#{token}",
        "loket.example.org#{token}", "{token}", "https://loket.example.org/inschrijving?t={token}",
        "https://loket.example.org/{token}#"}) {
    EXPECT_FALSE(CheckLinkTemplate(text).ok()) << text;
  }
}

}  // namespace
}  // namespace scharnier::notifications
