// Answering an invitation by the token that came to the organisation's mailbox.

#include <string>

#include "common/runtime/uuid.h"
#include "common/testing/call_context.h"
#include "common/testing/matchers.h"
#include "scharnier/proposals/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/proposals/proposals_test.h"

namespace scharnier::proposals {
namespace {

using identity::v1::ActionToken;
using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::HasReason;
using testing::IsOk;
using testing::IsOkAnd;

constexpr auto kNotFound = types::v1::ERROR_REASON_RESOURCE_NOT_FOUND;
constexpr char kLead[] = "trekker@example.org";

class InvitationTokenTest : public ProposalsTest {
 protected:
  InvitationTokenTest() : lead_(Organisation()), partner_(Organisation()) {
    Mandate(kLead, lead_, kSignatory);
    draft_ = MakeProposal(kLead, MakeCall(), lead_).name();
    invitation_ = InviteNew(partner_);
  }

  // Invites an organisation; the invitation's name.
  std::string InviteNew(const std::string& organisation) {
    EXPECT_THAT(Invite(kLead, draft_, organisation), IsOk());
    return LastPayload<v1::Invitation>().name();
  }
  runtime::Context Holder(const std::string& invitation, const std::string& organisation,
                          ActionToken::Purpose purpose = ActionToken::PURPOSE_INVITATION) {
    return testing::CallAsHolder(purpose, invitation, organisation, server_.clock().Now());
  }
  absl::StatusOr<v1::Invitation> Get(const runtime::Context& ctx, const std::string& name) {
    v1::GetInvitationRequest request;
    request.set_name(name);
    return service_.GetInvitation(ctx, request);
  }
  static v1::AnswerInvitationRequest Request(const std::string& proposal,
                                             const std::string& organisation, bool accept) {
    v1::AnswerInvitationRequest request;
    request.set_name(proposal);
    request.set_organisation(organisation);
    request.set_accept(accept);
    request.set_request_id(runtime::NewUuid());
    return request;
  }
  absl::StatusOr<v1::Invitation> AnswerAs(const runtime::Context& ctx,
                                          const std::string& organisation, bool accept = true) {
    return service_.AnswerInvitation(ctx, Request(draft_, organisation, accept));
  }

  const std::string lead_, partner_;
  std::string draft_, invitation_;
};

TEST_F(InvitationTokenTest, ReadsAndAnswers) {
  const runtime::Context holder = Holder(invitation_, partner_);
  const auto seen = Get(holder, invitation_);
  ASSERT_THAT(seen, IsOk());
  EXPECT_EQ(seen->organisation(), partner_);
  const auto request = Request(draft_, partner_, true);
  const auto accepted = service_.AnswerInvitation(holder, request);
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->state(), v1::Invitation::STATE_ACCEPTED);
  EXPECT_EQ(Changes().back(), "invitation.accepted");
  EXPECT_THAT(database_.Sql("SELECT DISTINCT subject FROM audit WHERE method = 'test' AND "
                            "request_id = '" +
                            request.request_id() + "'"),
              ElementsAre("token:5f2a"));
  EXPECT_THAT(service_.AnswerInvitation(holder, request), IsOkAnd(EqualsProto(*accepted)))
      << "a repetition";
  EXPECT_THAT(AnswerAs(holder, partner_, false), HasReason(v1::ERROR_REASON_INVITATION_STATE));
  EXPECT_THAT(Read(holder, draft_), HasReason(kNotFound)) << "the rest is for mandates";
}

TEST_F(InvitationTokenTest, ForSomethingElseOpensNothing) {
  const std::string other = Organisation();
  const std::string other_invitation = InviteNew(other);
  const std::string elsewhere = MakeProposal(kLead, MakeCall(), lead_).name();
  ASSERT_THAT(Invite(kLead, elsewhere, partner_), IsOk());
  const std::string invitation_elsewhere = LastPayload<v1::Invitation>().name();
  const struct {
    const char* what;
    runtime::Context ctx;
  } cases[] = {
      {"another organisation's", Holder(other_invitation, other)},
      {"another organisation's, in this one's name", Holder(other_invitation, partner_)},
      {"this one, in another's name", Holder(invitation_, other)},
      {"of another proposal", Holder(invitation_elsewhere, partner_)},
      {"the proposal", Holder(draft_, partner_)},
      {"another purpose", Holder(invitation_, partner_, ActionToken::PURPOSE_MANDATE)},
  };
  const std::string rows = Rows();
  for (const auto& c : cases) {
    EXPECT_THAT(Get(c.ctx, invitation_), HasReason(kNotFound)) << c.what;
    EXPECT_THAT(AnswerAs(c.ctx, partner_), HasReason(kNotFound)) << c.what;
  }
  EXPECT_EQ(Rows(), rows);
}

TEST_F(InvitationTokenTest, AnswersItsOwnInvitationAndNoLaterOne) {
  const runtime::Context first = Holder(invitation_, partner_);
  ASSERT_THAT(AnswerAs(first, partner_, false), IsOk());
  const std::string second = InviteNew(partner_);
  ASSERT_NE(second, invitation_);
  EXPECT_THAT(AnswerAs(first, partner_), HasReason(kNotFound));
  EXPECT_THAT(AnswerAs(Holder(second, partner_), partner_), IsOk());
}

TEST_F(InvitationTokenTest, WhatWasTakenBackOpensNothing) {
  ASSERT_THAT(Remove(kLead, draft_, partner_), IsOk());
  const runtime::Context holder = Holder(invitation_, partner_);
  EXPECT_THAT(AnswerAs(holder, partner_), HasReason(kNotFound));
  const auto seen = Get(holder, invitation_);
  ASSERT_THAT(seen, IsOk()) << "what became of it can be read";
  EXPECT_EQ(seen->state(), v1::Invitation::STATE_WITHDRAWN);
}

}  // namespace
}  // namespace scharnier::proposals
