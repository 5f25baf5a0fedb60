// Two who act on one proposal at the same time, and requests that come twice.

#include <string>
#include <vector>

#include "common/runtime/uuid.h"
#include "common/testing/matchers.h"
#include "scharnier/proposals/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/proposals/proposals_test.h"

namespace scharnier::proposals {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::HasReason;
using testing::IsOk;
using testing::IsOkAnd;

constexpr char kLead[] = "trekker@example.org";
constexpr char kPartner[] = "partner@example.org";
constexpr int kRounds = 8;

class RacesTest : public ProposalsTest {
 protected:
  RacesTest() : call_(MakeCall()), lead_(Organisation()), partner_(Organisation()) {
    Mandate(kLead, lead_, kSignatory);
    Mandate(kPartner, partner_, kSignatory);
  }

  v1::Proposal Make() { return MakeProposal(kLead, call_, lead_); }
  // The states of the partner's invitations to a proposal.
  std::vector<std::string> Invitations(const v1::Proposal& proposal) {
    return database_.Sql("SELECT state FROM invitation WHERE proposal_id = '" +
                         proposal.name().substr(proposal.name().find('/') + 1) + "'");
  }
  template <class A, class B>
  static void Race(A a, B b) {
    InParallel(2, [&](int i) { i == 0 ? a() : b(); });
  }

  // Calls a method twice with one request.
  template <class Request, class Resource>
  void Repeat(const runtime::Context& ctx,
              absl::StatusOr<Resource> (ProposalsService::*method)(const runtime::Context&,
                                                                   const Request&),
              Request request) {
    SCOPED_TRACE(Request::descriptor()->name());
    request.set_request_id(runtime::NewUuid());
    const auto first = (service_.*method)(ctx, request);
    ASSERT_THAT(first, IsOk());
    const std::string before = Rows();
    EXPECT_THAT((service_.*method)(ctx, request), IsOkAnd(EqualsProto(*first)));
    EXPECT_EQ(Rows(), before);
  }

  const v1::Call call_;
  const std::string lead_, partner_;
};

TEST_F(RacesTest, AnAnswerOrARemovalIsFirst) {
  for (int round = 0; round < kRounds; ++round) {
    const v1::Proposal draft = Make();
    ASSERT_THAT(Invite(kLead, draft.name(), partner_), IsOk());
    absl::Status answered, removed;
    Race([&] { answered = Answer(kPartner, draft.name(), partner_, true).status(); },
         [&] { removed = Remove(kLead, draft.name(), partner_).status(); });
    if (answered.ok()) {
      EXPECT_THAT(removed, HasReason(v1::ERROR_REASON_INVITATION_STATE));
      EXPECT_THAT(Invitations(draft), ElementsAre("2"));
    } else {
      EXPECT_THAT(answered, AnyOf(HasReason(v1::ERROR_REASON_INVITATION_STATE),
                                  HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND)));
      EXPECT_THAT(removed, IsOk());
      EXPECT_THAT(Invitations(draft), ElementsAre("4"));
    }
    EXPECT_EQ(Read(Person(kLead), draft.name())->partners_size(), answered.ok() ? 1 : 0);
  }
}

TEST_F(RacesTest, TwoInvitationsOfOneOrganisationMakeOne) {
  for (int round = 0; round < kRounds; ++round) {
    const v1::Proposal draft = Make();
    absl::Status one, other;
    Race([&] { one = Invite(kLead, draft.name(), partner_).status(); },
         [&] { other = Invite(kLead, draft.name(), partner_).status(); });
    EXPECT_NE(one.ok(), other.ok());
    EXPECT_THAT(one.ok() ? other : one, HasReason(v1::ERROR_REASON_PARTNER_EXISTS));
    EXPECT_THAT(Invitations(draft), ElementsAre("1"));
  }
}

TEST_F(RacesTest, AnAnswerOrAWithdrawalIsFirst) {
  for (int round = 0; round < kRounds; ++round) {
    const v1::Proposal draft = Make();
    ASSERT_THAT(Invite(kLead, draft.name(), partner_), IsOk());
    absl::Status answered, withdrawn;
    Race([&] { answered = Answer(kPartner, draft.name(), partner_, true).status(); },
         [&] { withdrawn = Withdraw(kLead, draft.name()).status(); });
    EXPECT_THAT(withdrawn, IsOk());
    EXPECT_THAT(Invitations(draft), ElementsAre(answered.ok() ? "2" : "4"));
    if (!answered.ok()) {
      EXPECT_THAT(answered, AnyOf(HasReason(v1::ERROR_REASON_INVITATION_STATE),
                                  HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND)));
    }
  }
}

TEST_F(RacesTest, AnUpdateComesBeforeASubmitThatIsRefusedOrAfterIt) {
  for (int round = 0; round < kRounds; ++round) {
    const v1::Proposal draft = Make();
    absl::Status updated, submitted;
    Race([&] { updated = Retitle(kLead, draft, "Een andere titel").status(); },
         [&] { submitted = SubmitAt(Person(kLead), draft.name(), draft.etag()).status(); });
    EXPECT_THAT(updated, IsOk());
    if (submitted.ok()) {
      EXPECT_EQ(Read(Staff(), draft.name())->title(), draft.title()) << "what was read";
    } else {
      EXPECT_THAT(submitted, HasReason(types::v1::ERROR_REASON_ETAG_STALE));
    }
  }
}

TEST_F(RacesTest, ARequestThatComesTwiceHasOneEffect) {
  using Service = ProposalsService;
  v1::CreateCallRequest create;
  *create.mutable_call() = call_;
  create.mutable_call()->set_reference_prefix("NOGEENS");
  Repeat(Staff(), &Service::CreateCall, create);
  v1::PublishCallRequest publish;
  publish.set_name(Draft().name());
  Repeat(Staff(), &Service::PublishCall, publish);
  const v1::SubmitIdeaRequest idea = IdeaRequest(call_, lead_);
  Repeat(Staff(), &Service::SubmitIdea, idea);
  v1::WithdrawIdeaRequest back;
  back.set_name(service_.SubmitIdea(Staff(), idea)->name());
  Repeat(Staff(), &Service::WithdrawIdea, back);

  Repeat(Person(kLead), &Service::CreateProposal, ProposalRequest(call_, lead_));
  const v1::Proposal draft = Make();
  v1::UpdateProposalRequest update;
  update.mutable_proposal()->set_name(draft.name());
  update.mutable_proposal()->set_etag(draft.etag());
  update.mutable_proposal()->set_title("Een andere titel");
  Repeat(Person(kLead), &Service::UpdateProposal, update);
  v1::InvitePartnerRequest invite;
  invite.set_name(draft.name());
  invite.set_organisation(partner_);
  Repeat(Person(kLead), &Service::InvitePartner, invite);
  v1::RemovePartnerRequest remove;
  remove.set_name(draft.name());
  remove.set_organisation(partner_);
  Repeat(Person(kLead), &Service::RemovePartner, remove);
  ASSERT_THAT(Invite(kLead, draft.name(), partner_), IsOk());
  v1::AnswerInvitationRequest answer;
  answer.set_name(draft.name());
  answer.set_organisation(partner_);
  answer.set_accept(true);
  Repeat(Person(kPartner), &Service::AnswerInvitation, answer);
  v1::WithdrawProposalRequest withdraw;
  withdraw.set_name(draft.name());
  Repeat(Person(kLead), &Service::WithdrawProposal, withdraw);
}

}  // namespace
}  // namespace scharnier::proposals
