#include <string>

#include "common/errors/errors.h"
#include "common/testing/matchers.h"
#include "scharnier/proposals/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/proposals/proposals_test.h"

namespace scharnier::proposals {
namespace {

using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::HasField;
using testing::HasMetadata;
using testing::HasReason;
using testing::IsOk;
using testing::IsOkAnd;

constexpr auto kNotFound = types::v1::ERROR_REASON_RESOURCE_NOT_FOUND;
constexpr char kLead[] = "trekker@example.org";
constexpr char kPartner[] = "partner@example.org";
// The first moment too late for proposals: 10 September 2022 in Brussels.
const absl::Time kCloses = absl::FromUnixSeconds(1662760800);

class PartnersTest : public ProposalsTest {
 protected:
  PartnersTest() : call_(MakeCall()), lead_(Organisation()), partner_(Organisation()) {
    Mandate(kLead, lead_, kSignatory);
    Mandate(kPartner, partner_, kSignatory);
    Mandate("redacteur@example.org", partner_, kEditor);
    Mandate("lezer@example.org", partner_, kViewer);
    draft_ = MakeProposal(kLead, call_, lead_);
  }

  absl::StatusOr<v1::Invitation> Get(const runtime::Context& ctx, const std::string& name) {
    v1::GetInvitationRequest request;
    request.set_name(name);
    return service_.GetInvitation(ctx, request);
  }

  const v1::Call call_;
  const std::string lead_, partner_;
  v1::Proposal draft_;
};

// Staff read the audit trail: it may tell them no more than they see elsewhere.
TEST_F(PartnersTest, TheAuditTrailListsNothingOfADraft) {
  const auto listed = [&] {
    return database_.Sql("SELECT resource FROM audit_entry WHERE resource LIKE 'proposals/%'");
  };
  ASSERT_THAT(Invite(kLead, draft_.name(), partner_), IsOk());
  EXPECT_THAT(database_.Sql("SELECT DISTINCT split_part(resource, '/', 3) FROM audit "
                            "WHERE resource LIKE 'proposals/%' ORDER BY 1"),
              ElementsAre("", "invitations"));
  ASSERT_THAT(Answer(kPartner, draft_.name(), partner_, false), IsOk());
  EXPECT_THAT(listed(), ElementsAre());
  ASSERT_THAT(Submit(kLead, draft_.name()), IsOk());
  EXPECT_THAT(listed(), ElementsAre(draft_.name()));
}

TEST_F(PartnersTest, AnInvitationSaysEnoughForALetterAndNoMore) {
  const auto invited = Invite(kLead, draft_.name(), partner_);
  ASSERT_THAT(invited, IsOk());
  ASSERT_EQ(invited->partners_size(), 1);
  EXPECT_EQ(invited->partners(0).state(), v1::Invitation::STATE_INVITED);
  EXPECT_NE(invited->etag(), draft_.etag());
  EXPECT_THAT(Read(Person(kLead), draft_.name()), IsOkAnd(EqualsProto(*invited)));
  EXPECT_THAT(Changes(), ElementsAre("call.published", "invitation.sent"));
  EXPECT_THAT(LastScope(), ElementsAre(partner_));
  EXPECT_THAT(database_.Sql("SELECT audience FROM change ORDER BY n DESC LIMIT 1"),
              ElementsAre("INTERNAL"));
  const auto told = LastPayload<v1::Invitation>();
  EXPECT_EQ(told.proposal(), draft_.name());
  EXPECT_EQ(told.track(), draft_.track());
  EXPECT_EQ(told.call_title().nl(), "Reconversie in de jeugdhulp");
  EXPECT_EQ(told.title(), "Huis voor jonge ouders");
  EXPECT_EQ(told.lead(), lead_);
  EXPECT_EQ(told.organisation(), partner_);
  EXPECT_THAT(Get(As(options::v1::ROLE_SERVICE), told.name()), IsOkAnd(EqualsProto(told)));
  EXPECT_THAT(Get(Person("redacteur@example.org"), told.name()), IsOkAnd(EqualsProto(told)));
  for (const char* email : {"lezer@example.org", kLead, "niemand@example.org"}) {
    EXPECT_THAT(Get(Person(email), told.name()), HasReason(kNotFound));
  }
}

TEST_F(PartnersTest, WhoAcceptsWritesAlong) {
  ASSERT_THAT(Invite(kLead, draft_.name(), partner_), IsOk());
  const auto accepted = Answer(kPartner, draft_.name(), partner_, true);
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->state(), v1::Invitation::STATE_ACCEPTED);
  EXPECT_THAT(LastPayload<v1::Invitation>(), EqualsProto(*accepted));
  EXPECT_EQ(Changes().back(), "invitation.accepted");
  const auto seen = Read(Person("lezer@example.org"), draft_.name());
  ASSERT_THAT(seen, IsOk()) << "any mandate of a partner reads";
  EXPECT_EQ(seen->partners(0).state(), v1::Invitation::STATE_ACCEPTED);
  EXPECT_EQ(seen->partners(0).answer_time().seconds(), 1643706000);
  EXPECT_THAT(Retitle("lezer@example.org", *seen, "Titel"),
              HasReason(v1::ERROR_REASON_MANDATE_NEEDED));
  EXPECT_THAT(Retitle("redacteur@example.org", *seen, "Samen"), IsOk());
  // The rest is the lead's.
  EXPECT_THAT(Invite(kPartner, draft_.name(), Organisation()), HasMetadata("organisation", lead_));
  EXPECT_THAT(Remove(kPartner, draft_.name(), partner_),
              HasReason(v1::ERROR_REASON_MANDATE_NEEDED));
  EXPECT_THAT(Submit(kPartner, draft_.name()), HasReason(v1::ERROR_REASON_MANDATE_NEEDED));
  EXPECT_THAT(Withdraw(kPartner, draft_.name()), HasReason(v1::ERROR_REASON_MANDATE_NEEDED));
}

TEST_F(PartnersTest, OnlyASignatoryOfTheInvitedOrganisationAnswers) {
  ASSERT_THAT(Invite(kLead, draft_.name(), partner_), IsOk());
  EXPECT_THAT(Answer("redacteur@example.org", draft_.name(), partner_, true),
              HasReason(v1::ERROR_REASON_MANDATE_NEEDED));
  EXPECT_THAT(Answer(kLead, draft_.name(), partner_, true), HasMetadata("organisation", partner_))
      << "the lead cannot forge consent";
  EXPECT_THAT(Answer("lezer@example.org", draft_.name(), partner_, true), HasReason(kNotFound));
  EXPECT_THAT(Answer("niemand@example.org", draft_.name(), partner_, true), HasReason(kNotFound));
  const std::string other = Organisation();
  Mandate("ander@example.org", other, kSignatory);
  EXPECT_THAT(Answer("ander@example.org", draft_.name(), other, true), HasReason(kNotFound));
  EXPECT_THAT(Answer("ander@example.org", draft_.name(), partner_, true), HasReason(kNotFound));
}

TEST_F(PartnersTest, AnAnswerIsGivenOnce) {
  ASSERT_THAT(Invite(kLead, draft_.name(), partner_), IsOk());
  const auto declined = Answer(kPartner, draft_.name(), partner_, false);
  ASSERT_THAT(declined, IsOk());
  EXPECT_EQ(declined->state(), v1::Invitation::STATE_DECLINED);
  EXPECT_EQ(Changes().back(), "invitation.declined");
  const auto again = Answer(kPartner, draft_.name(), partner_, true);
  EXPECT_THAT(again, HasReason(v1::ERROR_REASON_INVITATION_STATE));
  EXPECT_THAT(again, HasMetadata("state", "DECLINED"));
  EXPECT_THAT(Read(Person(kPartner), draft_.name()), HasReason(kNotFound));
}

TEST_F(PartnersTest, AreInvitedOnce) {
  ASSERT_THAT(Invite(kLead, draft_.name(), partner_), IsOk());
  EXPECT_THAT(Invite(kLead, draft_.name(), partner_), HasReason(v1::ERROR_REASON_PARTNER_EXISTS));
  EXPECT_THAT(Invite(kLead, draft_.name(), lead_), HasField("organisation"));
  const std::string nobody = "organisations/01890000-0000-7000-8000-000000000000";
  EXPECT_THAT(Invite(kLead, draft_.name(), nobody), HasMetadata("name", nobody));
  EXPECT_THAT(Invite(kLead, draft_.name(), UnknownOrganisation()), IsOk());
}

TEST_F(PartnersTest, WhoHasNotAnsweredIsTakenOffTheListAndTold) {
  ASSERT_THAT(Invite(kLead, draft_.name(), partner_), IsOk());
  const auto removed = Remove(kLead, draft_.name(), partner_);
  ASSERT_THAT(removed, IsOk());
  EXPECT_EQ(removed->partners_size(), 0);
  EXPECT_EQ(Changes().back(), "invitation.withdrawn");
  EXPECT_THAT(Answer(kPartner, draft_.name(), partner_, true), HasReason(kNotFound));
  EXPECT_THAT(Remove(kLead, draft_.name(), partner_), HasMetadata("name", partner_));
  ASSERT_THAT(Invite(kLead, draft_.name(), partner_), IsOk()) << "and may be asked again";
  ASSERT_THAT(Answer(kPartner, draft_.name(), partner_, true), IsOk());
  EXPECT_THAT(Remove(kLead, draft_.name(), partner_), HasReason(v1::ERROR_REASON_INVITATION_STATE));
}

TEST_F(PartnersTest, AreAskedThreeTimesAtMost) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(Invite(kLead, draft_.name(), partner_), IsOk());
    ASSERT_THAT(Remove(kLead, draft_.name(), partner_), IsOk());
  }
  const std::string before = Rows();
  EXPECT_THAT(Invite(kLead, draft_.name(), partner_),
              HasReason(v1::ERROR_REASON_INVITED_TOO_OFTEN));
  EXPECT_EQ(Rows(), before);
  EXPECT_THAT(Invite(kLead, draft_.name(), Organisation()), IsOk());
  EXPECT_THAT(Invite(kLead, MakeProposal(kLead, call_, lead_).name(), partner_), IsOk())
      << "another proposal is another matter";
}

TEST_F(PartnersTest, WhoHasDeclinedIsTakenOffTheListInSilence) {
  ASSERT_THAT(Invite(kLead, draft_.name(), partner_), IsOk());
  ASSERT_THAT(Answer(kPartner, draft_.name(), partner_, false), IsOk());
  ASSERT_THAT(Remove(kLead, draft_.name(), partner_), IsOk());
  EXPECT_EQ(Changes().back(), "invitation.declined");
  EXPECT_THAT(Invite(kLead, draft_.name(), partner_), IsOk()) << "and may be asked again";
}

TEST_F(PartnersTest, WhoHasDeclinedLearnsNothingOfWhatBecomesOfTheProposal) {
  ASSERT_THAT(Invite(kLead, draft_.name(), partner_), IsOk());
  const auto declined = Answer(kPartner, draft_.name(), partner_, false);
  ASSERT_THAT(declined, IsOk());
  const auto refusal = [&] { return Answer(kPartner, draft_.name(), partner_, true).status(); };
  const absl::Status before = refusal();
  EXPECT_THAT(before, HasReason(v1::ERROR_REASON_INVITATION_STATE));
  EXPECT_THAT(before, HasMetadata("invitation", declined->name()));
  EXPECT_THAT(before, HasMetadata("state", "DECLINED"));
  ASSERT_THAT(Remove(kLead, draft_.name(), partner_), IsOk());
  const auto info = EqualsProto(errors::Info(before));
  EXPECT_THAT(errors::Info(refusal()), info) << "taken off the list";
  server_.clock().Set(kCloses);
  EXPECT_THAT(errors::Info(refusal()), info) << "the gate has closed";
  ASSERT_THAT(Withdraw(kLead, draft_.name()), IsOk());
  EXPECT_THAT(errors::Info(refusal()), info) << "the proposal was taken back";
  EXPECT_EQ(refusal().message(), before.message());
}

TEST_F(PartnersTest, AnswerAndAreRemovedUntilTheGateCloses) {
  const std::string other = Organisation();
  Mandate("ander@example.org", other, kSignatory);
  for (const std::string& organisation : {partner_, other}) {
    ASSERT_THAT(Invite(kLead, draft_.name(), organisation), IsOk());
  }
  server_.clock().Set(kCloses);
  const std::string before = Rows();
  EXPECT_THAT(Answer(kPartner, draft_.name(), partner_, true),
              HasReason(v1::ERROR_REASON_GATE_CLOSED));
  EXPECT_THAT(Remove(kLead, draft_.name(), partner_), HasReason(v1::ERROR_REASON_GATE_CLOSED));
  EXPECT_EQ(Rows(), before);
  server_.clock().Set(kCloses - absl::Milliseconds(1));
  EXPECT_THAT(Answer(kPartner, draft_.name(), partner_, true), IsOk());
  EXPECT_THAT(Remove(kLead, draft_.name(), other), IsOk());
}

}  // namespace
}  // namespace scharnier::proposals
