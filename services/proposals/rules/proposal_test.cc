#include "services/proposals/rules/proposal.h"

#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "scharnier/proposals/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/proposals/rules/rules_test.h"

namespace scharnier::proposals::rules {
namespace {

using ::testing::ElementsAre;
using testing::FromText;
using testing::HasField;
using testing::HasMetadata;
using testing::HasReason;
using testing::IsOk;

const absl::Time kNow = absl::FromUnixSeconds(1662000000);  // 1 September 2022

v1::Proposal AProposal(const std::string& more = "") {
  auto proposal =
      FromText<v1::Proposal>(R"(name: "proposals/p" lead: "organisations/a" state: STATE_DRAFT)");
  proposal.MergeFrom(FromText<v1::Proposal>(more));
  return proposal;
}

std::string APartner(const std::string& organisation, const std::string& state) {
  return absl::StrCat("partners { organisation: \"organisations/", organisation,
                      "\" invitation: \"proposals/p/invitations/", organisation,
                      "\" state: ", state, " } ");
}

v1::Invitation AnInvitation(const std::string& organisation, const std::string& state) {
  return FromText<v1::Invitation>(absl::StrCat("name: \"proposals/p/invitations/", organisation,
                                               "\" organisation: \"organisations/", organisation,
                                               "\" state: ", state));
}

absl::StatusOr<v1::Proposal> Try(const v1::Call& call, const v1::Proposal& proposal) {
  return Submit(call, call.tracks(0),
                FromText<organisations::v1::Organisation>("kind: KIND_FACILITY"), proposal, kNow);
}

TEST(SubmitTest, EachSubmitIsAVersion) {
  const v1::Call call = ACall();
  const auto first = Try(call, AProposal());
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->state(), v1::Proposal::STATE_SUBMITTED);
  EXPECT_EQ(first->version(), 1);
  EXPECT_EQ(first->submit_time().seconds(), 1662000000);
  const auto second = Try(call, *first);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->version(), 2);
}

TEST(SubmitTest, WhoHasDeclinedIsLeftOut) {
  const auto submitted =
      Try(ACall(), AProposal(APartner("b", "STATE_DECLINED") + APartner("c", "STATE_ACCEPTED") +
                             APartner("d", "STATE_DECLINED")));
  ASSERT_THAT(submitted, IsOk());
  ASSERT_EQ(submitted->partners_size(), 1);
  EXPECT_EQ(submitted->partners(0).organisation(), "organisations/c");
}

TEST(SubmitTest, RefusalsSayWhy) {
  EXPECT_THAT(Try(ACall(Gating("i", "GATE_PROPOSAL", Until(2022, 8, 31))), AProposal()),
              HasReason(v1::ERROR_REASON_GATE_CLOSED));
  EXPECT_THAT(Try(ACall("regions: REGION_LIM"), AProposal()),
              HasReason(v1::ERROR_REASON_NOT_ELIGIBLE));
  EXPECT_THAT(Try(ACall(), AProposal("state: STATE_WITHDRAWN")),
              HasReason(v1::ERROR_REASON_PROPOSAL_STATE));
  const auto open =
      Try(ACall(), AProposal(APartner("b", "STATE_ACCEPTED") + APartner("c", "STATE_INVITED")));
  EXPECT_THAT(open, HasReason(v1::ERROR_REASON_PARTNERS_OPEN));
  EXPECT_THAT(open, HasMetadata("organisation", "organisations/c"));
  const auto unanswered = Try(ACall("", R"pb(proposal_form {
                                               sections {
                                                 questions {
                                                   id: "wat"
                                                   required: true
                                                   text {}
                                                 }
                                               }
                                             })pb"),
                              AProposal());
  EXPECT_THAT(unanswered, HasReason(types::v1::ERROR_REASON_FIELD_MISSING));
  EXPECT_THAT(unanswered, HasField("proposal.answers"));
}

TEST(SubmitTest, AfterASoftDeadlineItIsMarkedAndOnlyThen) {
  const auto until = [](int day) {
    return ACall(Gating("i", "GATE_PROPOSAL", Until(2022, 8, day, "SOFT")));
  };
  const auto late = Try(until(31), AProposal());
  ASSERT_THAT(late, IsOk());
  EXPECT_THAT(late->marks(), ElementsAre(v1::Proposal::MARK_LATE));
  const auto after_amendment = Try(ACall(), *late);
  ASSERT_THAT(after_amendment, IsOk());
  EXPECT_THAT(after_amendment->marks(), ElementsAre());
}

TEST(WithdrawTest, Once) {
  const auto withdrawn = Withdraw(AProposal());
  ASSERT_THAT(withdrawn, IsOk());
  EXPECT_THAT(Withdraw(*withdrawn), HasReason(v1::ERROR_REASON_PROPOSAL_STATE));
  EXPECT_THAT(CheckOpen(ACall(), ACall().tracks(0), *withdrawn, kNow),
              HasMetadata("state", "WITHDRAWN"));
}

TEST(PartnersTest, AreInvitedOnceAndNotTheLead) {
  v1::Proposal proposal = AProposal();
  ASSERT_THAT(Invite(AnInvitation("b", "STATE_INVITED"), 0, proposal), IsOk());
  EXPECT_EQ(proposal.partners(0).state(), v1::Invitation::STATE_INVITED);
  EXPECT_EQ(proposal.partners(0).invitation(), "proposals/p/invitations/b");
  EXPECT_THAT(Invite(AnInvitation("b", "STATE_INVITED"), 1, proposal),
              HasReason(v1::ERROR_REASON_PARTNER_EXISTS));
  EXPECT_THAT(Invite(AnInvitation("a", "STATE_INVITED"), 0, proposal), HasField("organisation"));
}

TEST(PartnersTest, AreThirtyAtMostAndEachAskedThreeTimesAtMost) {
  v1::Proposal proposal = AProposal();
  for (int i = 0; i < 29; ++i) {
    ASSERT_THAT(Invite(AnInvitation(absl::StrCat("p", i), "STATE_INVITED"), 0, proposal), IsOk());
  }
  const auto often = Invite(AnInvitation("b", "STATE_INVITED"), 3, proposal);
  EXPECT_THAT(often, HasReason(v1::ERROR_REASON_INVITED_TOO_OFTEN));
  EXPECT_THAT(often, HasMetadata("organisation", "organisations/b"));
  EXPECT_THAT(Invite(AnInvitation("b", "STATE_INVITED"), 2, proposal), IsOk());
  EXPECT_THAT(Invite(AnInvitation("c", "STATE_INVITED"), 0, proposal),
              HasReason(v1::ERROR_REASON_PARTNERS_FULL));
  EXPECT_EQ(proposal.partners_size(), 30);
}

TEST(PartnersTest, AnswerOnce) {
  for (const bool accept : {true, false}) {
    v1::Proposal proposal = AProposal(APartner("b", "STATE_INVITED"));
    v1::Invitation invitation = AnInvitation("b", "STATE_INVITED");
    ASSERT_THAT(MayAnswer(invitation), IsOk());
    Answer(accept, kNow, invitation, proposal);
    EXPECT_EQ(invitation.state(),
              accept ? v1::Invitation::STATE_ACCEPTED : v1::Invitation::STATE_DECLINED);
    EXPECT_EQ(proposal.partners(0).state(), invitation.state());
    EXPECT_EQ(proposal.partners(0).answer_time().seconds(), 1662000000);
    EXPECT_THAT(MayAnswer(invitation), HasReason(v1::ERROR_REASON_INVITATION_STATE));
  }
}

TEST(PartnersTest, GoUnlessTheyHaveAccepted) {
  v1::Proposal proposal =
      AProposal(APartner("b", "STATE_ACCEPTED") + APartner("c", "STATE_DECLINED") +
                APartner("d", "STATE_INVITED"));
  EXPECT_THAT(Remove(proposal.partners(0), proposal), HasReason(v1::ERROR_REASON_INVITATION_STATE));
  EXPECT_THAT(Remove(v1::Partner(proposal.partners(2)), proposal), IsOk());
  EXPECT_THAT(Remove(v1::Partner(proposal.partners(1)), proposal), IsOk());
  EXPECT_EQ(proposal.partners_size(), 1);
  EXPECT_THAT(FindPartner(proposal, "organisations/c"),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  EXPECT_THAT(Authors(proposal), ElementsAre("organisations/a", "organisations/b"));
}

}  // namespace
}  // namespace scharnier::proposals::rules
