// What becomes of a proposal that is submitted, and what others see of it.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/runtime/digest.h"
#include "common/runtime/uuid.h"
#include "common/testing/matchers.h"
#include "scharnier/proposals/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/proposals/proposals_test.h"

namespace scharnier::proposals {
namespace {

using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::HasMetadata;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::IsOkAnd;
using ::testing::UnorderedElementsAre;

constexpr auto kNotFound = types::v1::ERROR_REASON_RESOURCE_NOT_FOUND;
constexpr char kLead[] = "trekker@example.org";
// The first moment too late for proposals: 10 September 2022 in Brussels.
const absl::Time kCloses = absl::FromUnixSeconds(1662760800);

std::string DigestOf(v1::Proposal proposal) {
  proposal.clear_etag();
  return absl::BytesToHexString(runtime::Digest(proposal));
}

class SubmitProposalTest : public ProposalsTest {
 protected:
  SubmitProposalTest() : call_(MakeCall()), lead_(Organisation()) {
    Mandate(kLead, lead_, kSignatory);
    draft_ = MakeProposal(kLead, call_, lead_);
  }

  absl::StatusOr<v1::Receipt> Receipt(const runtime::Context& ctx, int number) {
    v1::GetReceiptRequest request;
    request.set_name(absl::StrCat(draft_.name(), "/receipts/", number));
    return service_.GetReceipt(ctx, request);
  }
  std::vector<int> Receipts(const runtime::Context& ctx) {
    v1::ListReceiptsRequest request;
    request.set_parent(draft_.name());
    request.set_page_size(2);
    std::vector<int> numbers;
    do {
      const auto page = service_.ListReceipts(ctx, request);
      EXPECT_THAT(page, IsOk());
      for (const v1::Receipt& receipt : page->receipts()) {
        numbers.push_back(receipt.number());
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return numbers;
  }

  const v1::Call call_;
  const std::string lead_;
  v1::Proposal draft_;
};

TEST_F(SubmitProposalTest, MakesAVersionAReceiptAndAChange) {
  const std::string partner = Organisation();
  Mandate("partner@example.org", partner, kSignatory);
  ASSERT_THAT(Invite(kLead, draft_.name(), partner), IsOk());
  ASSERT_THAT(Answer("partner@example.org", draft_.name(), partner, true), IsOk());
  const auto submitted = Submit(kLead, draft_.name());
  ASSERT_THAT(submitted, IsOk());
  EXPECT_EQ(submitted->state(), v1::Proposal::STATE_SUBMITTED);
  EXPECT_EQ(submitted->reference(), call_.reference_prefix() + "-0001");
  EXPECT_EQ(submitted->version(), 1);
  EXPECT_EQ(submitted->submit_time().seconds(), 1643706000);
  EXPECT_THAT(Read(Person(kLead), draft_.name()), IsOkAnd(EqualsProto(*submitted)));

  const auto receipt = Receipt(Person(kLead), 1);
  ASSERT_THAT(receipt, IsOk());
  EXPECT_EQ(receipt->name(), draft_.name() + "/receipts/1");
  EXPECT_EQ(receipt->reference(), submitted->reference());
  EXPECT_THAT(receipt->receive_time(), EqualsProto(submitted->submit_time()));
  EXPECT_EQ(receipt->digest(), DigestOf(*submitted));
  EXPECT_THAT(receipt->partners(), ElementsAre(partner));
  EXPECT_EQ(receipt->title(), submitted->title());
  EXPECT_THAT(receipt->contact(), EqualsProto(submitted->contact()));

  EXPECT_EQ(Changes().back(), "proposal.submitted");
  std::vector<std::string> scope = {call_.name(), lead_, partner};
  std::sort(scope.begin(), scope.end());
  EXPECT_EQ(LastScope(), scope);
  const auto told = LastPayload<v1::Proposal>();
  EXPECT_EQ(told.title(), submitted->title());
  EXPECT_EQ(told.contact().email(), "");
  EXPECT_EQ(told.answers(0).text(), "");
  EXPECT_EQ(told.etag(), "");
  EXPECT_THAT(database_.Sql("SELECT audience FROM change ORDER BY n DESC LIMIT 1"),
              ElementsAre("PUBLIC"))
      << "other teams read it, so they follow it too";
}

TEST_F(SubmitProposalTest, NamesNobodyWhoHasDeclined) {
  const std::string declines = Organisation();
  Mandate("nee@example.org", declines, kSignatory);
  ASSERT_THAT(Invite(kLead, draft_.name(), declines), IsOk());
  ASSERT_THAT(Answer("nee@example.org", draft_.name(), declines, false), IsOk());
  EXPECT_EQ(Read(Person(kLead), draft_.name())->partners_size(), 1);
  const auto submitted = Submit(kLead, draft_.name());
  ASSERT_THAT(submitted, IsOk());
  EXPECT_EQ(submitted->partners_size(), 0);
  EXPECT_EQ(Read(Person(kLead), draft_.name())->partners_size(), 0);
  EXPECT_EQ(Read(Staff(), draft_.name())->partners_size(), 0);
  EXPECT_EQ(LastPayload<v1::Proposal>().partners_size(), 0);
  EXPECT_EQ(Receipt(Staff(), 1)->digest(), DigestOf(*submitted));
  EXPECT_THAT(Answer("nee@example.org", draft_.name(), declines, true),
              HasMetadata("state", "DECLINED"));
  EXPECT_THAT(Invite(kLead, draft_.name(), declines), IsOk()) << "and may be asked again";
}

TEST_F(SubmitProposalTest, StaffSeeWhatWasSubmittedAndNotWhatIsWorkedOn) {
  const auto submitted = Submit(kLead, draft_.name());
  ASSERT_THAT(submitted, IsOk());
  ASSERT_THAT(Retitle(kLead, *submitted, "Nieuwe titel"), IsOk());
  v1::Proposal expected = *submitted;
  expected.clear_etag();
  EXPECT_THAT(Read(Staff(), draft_.name()), IsOkAnd(EqualsProto(expected)));
  EXPECT_EQ(DigestOf(expected), Receipt(Staff(), 1)->digest()) << "the receipt proves the text";
  for (const auto& ctx : {Staff(), Person(kLead), As(options::v1::ROLE_SERVICE)}) {
    EXPECT_EQ(Receipt(ctx, 1)->title(), submitted->title()) << "and tells of that";
    EXPECT_EQ(Receipt(ctx, 1)->contact().email(), "an@example.org");
  }
  EXPECT_EQ(Read(Person(kLead), draft_.name())->title(), "Nieuwe titel");
  EXPECT_EQ(Read(As(options::v1::ROLE_SERVICE), draft_.name())->title(), "Nieuwe titel");
  EXPECT_THAT(Listed(Staff()), ElementsAre(draft_.name()));
  EXPECT_EQ(Changes().back(), "proposal.submitted") << "an update leaves the house in no feed";

  const auto again = Submit(kLead, draft_.name());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->version(), 2);
  EXPECT_EQ(again->reference(), submitted->reference());
  EXPECT_EQ(Read(Staff(), draft_.name())->title(), "Nieuwe titel");
  EXPECT_EQ(Receipt(Staff(), 1)->digest(), DigestOf(*submitted)) << "a version never changes";
  EXPECT_EQ(Receipt(Staff(), 2)->digest(), DigestOf(*again));
}

TEST_F(SubmitProposalTest, TheServiceCannotChangeOrRemoveWhatWasSubmitted) {
  for (const char* right : {"UPDATE", "DELETE", "TRUNCATE"}) {
    EXPECT_THAT(
        database_.Sql(absl::StrCat(
            "SELECT has_table_privilege('svc_proposals', 'proposal_version', '", right, "')")),
        ElementsAre("f"))
        << right;
  }
  EXPECT_THAT(database_.Sql("SELECT has_any_column_privilege('svc_proposals', 'proposal_version', "
                            "'UPDATE')"),
              ElementsAre("f"));
}

TEST_F(SubmitProposalTest, TheDatabaseKeepsWhatWasNeverSubmittedFromBeingIn) {
  database_.Sql(
      "DO $$ BEGIN UPDATE proposal SET state = 2; RAISE 'not refused'; "
      "EXCEPTION WHEN check_violation THEN NULL; END $$");
  EXPECT_THAT(database_.Sql("SELECT state FROM proposal"), ElementsAre("1"));
}

TEST_F(SubmitProposalTest, ATeamSeesWhatItsGrantCovers) {
  ASSERT_THAT(Submit(kLead, draft_.name()), IsOk());
  const auto grant = std::make_shared<identity::v1::Grant>();
  runtime::Context team = As(options::v1::ROLE_TEAM);
  team.SetCaller({.role = options::v1::ROLE_TEAM, .subject = "reporting", .grant = grant});
  grant->add_calls("calls/01900000-0000-7000-8000-000000000000");
  EXPECT_THAT(Read(team, draft_.name()), HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  EXPECT_THAT(Listed(team), IsEmpty());
  grant->add_calls(call_.name());
  EXPECT_EQ(Read(team, draft_.name())->contact().email(), "");
  EXPECT_THAT(Listed(team), ElementsAre(draft_.name()));
  grant->add_fields(options::v1::DATA_PERSONAL);
  EXPECT_EQ(Read(team, draft_.name())->contact().email(), "an@example.org");
  EXPECT_EQ(Read(team, draft_.name())->answers(0).text(), "");
}

TEST_F(SubmitProposalTest, OtherTeamsSeeNeitherPeopleNorAnswers) {
  ASSERT_THAT(Submit(kLead, draft_.name()), IsOk());
  const auto seen = Read(As(options::v1::ROLE_TEAM), draft_.name());
  ASSERT_THAT(seen, IsOk());
  EXPECT_EQ(seen->title(), "Huis voor jonge ouders");
  EXPECT_EQ(seen->contact().email(), "");
  EXPECT_EQ(seen->answers(0).text(), "");
  EXPECT_THAT(Listed(As(options::v1::ROLE_TEAM)), ElementsAre(draft_.name()));
  const auto by_service = Read(As(options::v1::ROLE_SERVICE), draft_.name());
  ASSERT_THAT(by_service, IsOk());
  EXPECT_EQ(by_service->contact().email(), "an@example.org");
  EXPECT_EQ(by_service->answers(0).text(), "");
}

TEST_F(SubmitProposalTest, ExistsForNoRoleThatNobodyThoughtOf) {
  const auto idea = service_.SubmitIdea(Staff(), IdeaRequest(call_, lead_));
  ASSERT_THAT(Submit(kLead, draft_.name()), IsOk());
  v1::GetIdeaRequest get;
  get.set_name(idea->name());
  for (const auto role : {options::v1::ROLE_ANONYMOUS, options::v1::ROLE_TOKEN,
                          options::v1::ROLE_REGISTER_OFFICER, options::v1::ROLE_OPERATOR}) {
    EXPECT_THAT(Read(As(role), draft_.name()), HasReason(kNotFound));
    EXPECT_THAT(Listed(As(role)), IsEmpty());
    EXPECT_THAT(Receipt(As(role), 1), HasReason(kNotFound));
    EXPECT_THAT(service_.GetIdea(As(role), get), HasReason(kNotFound));
  }
}

TEST_F(SubmitProposalTest, RefusalsSayWhyAndWriteNothing) {
  const v1::Call elsewhere =
      MakeCall([](v1::Call& c) { c.mutable_tracks(0)->add_regions(types::v1::REGION_LIM); });
  const v1::Proposal ineligible = MakeProposal(kLead, elsewhere, lead_);
  v1::CreateProposalRequest bare = ProposalRequest(call_, lead_);
  bare.mutable_proposal()->clear_answers();
  const auto unanswered = service_.CreateProposal(Person(kLead), bare);
  const v1::Proposal waiting = MakeProposal(kLead, call_, lead_);
  const std::string invited = Organisation();
  ASSERT_THAT(Invite(kLead, waiting.name(), invited), IsOk());
  const std::string before = Rows();
  EXPECT_THAT(Submit(kLead, ineligible.name()), HasReason(v1::ERROR_REASON_NOT_ELIGIBLE));
  EXPECT_THAT(Submit(kLead, ineligible.name()), HasMetadata("organisation", lead_));
  EXPECT_THAT(Submit(kLead, unanswered->name()), HasReason(types::v1::ERROR_REASON_FIELD_MISSING));
  EXPECT_THAT(Submit(kLead, waiting.name()), HasReason(v1::ERROR_REASON_PARTNERS_OPEN));
  EXPECT_THAT(Submit(kLead, waiting.name()), HasMetadata("organisation", invited));
  server_.clock().Set(kCloses);
  EXPECT_THAT(Submit(kLead, draft_.name()), HasReason(v1::ERROR_REASON_GATE_CLOSED));
  EXPECT_THAT(Submit(kLead, draft_.name()), HasMetadata("closed", "2022-09-09T22:00:00Z"));
  EXPECT_EQ(Rows(), before);
  EXPECT_THAT(Read(Staff(), draft_.name()), HasReason(kNotFound));
}

TEST_F(SubmitProposalTest, WhatWasReceivedInTimeIsInTimeHoweverLongItTakes) {
  server_.clock().Set(kCloses - absl::Milliseconds(1));
  const runtime::Context in_time = Person(kLead);
  server_.clock().Set(kCloses + absl::Minutes(5));
  const auto submitted = Submit(in_time, draft_.name());
  ASSERT_THAT(submitted, IsOk());
  EXPECT_THAT(submitted->marks(), IsEmpty());
  EXPECT_THAT(Submit(kLead, draft_.name()), HasReason(v1::ERROR_REASON_GATE_CLOSED));
}

TEST_F(SubmitProposalTest, AfterASoftDeadlineItIsMarked) {
  const v1::Call soft = MakeCall([](v1::Call& c) {
    c.mutable_milestones(1)->mutable_when()->mutable_deadline()->set_strictness(
        types::v1::STRICTNESS_SOFT);
  });
  draft_ = MakeProposal(kLead, soft, lead_);
  ASSERT_THAT(Submit(kLead, draft_.name()), IsOk());
  server_.clock().Set(kCloses);
  const auto late = Submit(kLead, draft_.name());
  ASSERT_THAT(late, IsOk());
  EXPECT_THAT(late->marks(), ElementsAre(v1::Proposal::MARK_LATE));
  EXPECT_THAT(Receipt(Staff(), 1)->marks(), IsEmpty());
  EXPECT_THAT(Receipt(Staff(), 2)->marks(), ElementsAre(v1::Proposal::MARK_LATE));
}

TEST_F(SubmitProposalTest, OneRequestIdTwelveTimesInParallelMakesOneVersion) {
  v1::SubmitProposalRequest request;
  request.set_name(draft_.name());
  request.set_etag(draft_.etag());
  request.set_request_id(runtime::NewUuid());
  std::vector<absl::StatusOr<v1::Proposal>> answers(12, absl::UnknownError(""));
  InParallel(12, [&](int i) { answers[i] = service_.SubmitProposal(Person(kLead), request); });
  for (const auto& answer : answers) {
    ASSERT_THAT(answer, IsOk());
    EXPECT_THAT(*answer, EqualsProto(*answers[0]));
  }
  EXPECT_EQ(answers[0]->version(), 1);
  EXPECT_THAT(database_.Sql("SELECT count(*) FROM proposal_version"), ElementsAre("1"));
  EXPECT_THAT(database_.Sql("SELECT count(*) FROM change WHERE type LIKE '%submitted'"),
              ElementsAre("1"));
  EXPECT_THAT(service_.SubmitProposal(Person(kLead), request), IsOkAnd(EqualsProto(*answers[0])))
      << "a repetition is answered, though its etag is not that of the proposal any more";
}

TEST_F(SubmitProposalTest, TwelveSubmitsOfOneTextInParallelMakeOneVersion) {
  std::vector<absl::StatusOr<v1::Proposal>> answers(12, absl::UnknownError(""));
  InParallel(12,
             [&](int i) { answers[i] = SubmitAt(Person(kLead), draft_.name(), draft_.etag()); });
  int made = 0;
  for (const auto& answer : answers) {
    made += answer.ok() ? 1 : 0;
    if (!answer.ok()) {
      EXPECT_THAT(answer, HasReason(types::v1::ERROR_REASON_ETAG_STALE));
    }
  }
  EXPECT_EQ(made, 1);
  for (int number = 2; number <= 5; ++number) {
    ASSERT_THAT(Submit(kLead, draft_.name()), IsOk());
  }
  EXPECT_THAT(Receipts(Person(kLead)), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(Read(Staff(), draft_.name())->version(), 5);
}

TEST_F(SubmitProposalTest, ASignatorySignsTheTextThatWasRead) {
  const auto theirs = Retitle(kLead, draft_, "Een andere titel");
  ASSERT_THAT(theirs, IsOk());
  const std::string before = Rows();
  const auto stale = SubmitAt(Person(kLead), draft_.name(), draft_.etag());
  EXPECT_THAT(stale, HasReason(types::v1::ERROR_REASON_ETAG_STALE));
  EXPECT_THAT(stale, HasMetadata("field", "etag"));
  EXPECT_THAT(SubmitAt(Person(kLead), draft_.name(), ""),
              HasReason(types::v1::ERROR_REASON_FIELD_MISSING));
  EXPECT_EQ(Rows(), before);
  EXPECT_THAT(SubmitAt(Person(kLead), draft_.name(), theirs->etag()), IsOk());
}

TEST_F(SubmitProposalTest, ReceiptsAreForAuthorsStaffAndServices) {
  EXPECT_THAT(Receipts(Person(kLead)), IsEmpty());
  ASSERT_THAT(Submit(kLead, draft_.name()), IsOk());
  EXPECT_THAT(Receipts(Staff()), ElementsAre(1));
  EXPECT_THAT(Receipts(As(options::v1::ROLE_SERVICE)), ElementsAre(1));
  EXPECT_THAT(Receipt(Person("niemand@example.org"), 1), HasReason(kNotFound));
  EXPECT_THAT(Receipt(Staff(), 2), HasMetadata("name", draft_.name() + "/receipts/2"));
}

TEST_F(SubmitProposalTest, WhatIsTakenBackStaysAsItWasSubmitted) {
  const auto submitted = Submit(kLead, draft_.name());
  ASSERT_THAT(Retitle(kLead, *submitted, "Geheime titel"), IsOk());
  const std::string invited = Organisation(), joined = Organisation();
  Mandate("erbij@example.org", joined, kSignatory);
  ASSERT_THAT(Invite(kLead, draft_.name(), joined), IsOk());
  ASSERT_THAT(Answer("erbij@example.org", draft_.name(), joined, true), IsOk());
  ASSERT_THAT(Invite(kLead, draft_.name(), invited), IsOk());
  const auto withdrawn = Withdraw(kLead, draft_.name());
  ASSERT_THAT(withdrawn, IsOk());
  EXPECT_EQ(withdrawn->state(), v1::Proposal::STATE_WITHDRAWN);
  EXPECT_EQ(withdrawn->partners_size(), 1);
  EXPECT_THAT(Changes(), ElementsAre("call.published", "proposal.submitted", "invitation.sent",
                                     "invitation.accepted", "invitation.sent",
                                     "invitation.withdrawn", "proposal.withdrawn"));
  EXPECT_EQ(LastPayload<v1::Proposal>().title(), submitted->title());
  EXPECT_EQ(LastPayload<v1::Proposal>().state(), v1::Proposal::STATE_WITHDRAWN);
  EXPECT_EQ(LastPayload<v1::Proposal>().partners_size(), 0);
  EXPECT_THAT(LastScope(), UnorderedElementsAre(call_.name(), lead_, joined))
      << "who has joined since is told as well";
  EXPECT_THAT(database_.Sql("SELECT DISTINCT audience FROM change WHERE type LIKE '%.proposal.%'"),
              ElementsAre("PUBLIC"));
  const auto by_staff = Read(Staff(), draft_.name());
  ASSERT_THAT(by_staff, IsOk());
  EXPECT_EQ(by_staff->state(), v1::Proposal::STATE_WITHDRAWN);
  EXPECT_EQ(by_staff->title(), submitted->title());
  EXPECT_THAT(Submit(kLead, draft_.name()), HasReason(v1::ERROR_REASON_PROPOSAL_STATE));
}

TEST_F(SubmitProposalTest, ListsNewestFirstWithFilters) {
  const v1::Call other = MakeCall();
  const v1::Proposal second = MakeProposal(kLead, other, lead_);
  ASSERT_THAT(Submit(kLead, second.name()), IsOk());
  ASSERT_THAT(Submit(kLead, draft_.name()), IsOk());
  const v1::Proposal third = MakeProposal(kLead, call_, lead_);
  EXPECT_THAT(Listed(Staff()), ElementsAre(second.name(), draft_.name()));
  EXPECT_THAT(Listed(Person(kLead)), ElementsAre(third.name(), second.name(), draft_.name()));
  EXPECT_THAT(Listed(Person(kLead), "state = STATE_DRAFT"), ElementsAre(third.name()));
  EXPECT_THAT(Listed(Staff(), "state = STATE_DRAFT"), IsEmpty());
  const std::string of_call = absl::StrCat("call = \"", call_.name(), "\"");
  EXPECT_THAT(Listed(Staff(), of_call), ElementsAre(draft_.name()));
  EXPECT_THAT(Listed(Person(kLead), of_call), ElementsAre(third.name(), draft_.name()));
  EXPECT_THAT(Listed(Staff(), absl::StrCat("track = \"", other.tracks(0).name(), "\"")),
              ElementsAre(second.name()));
  EXPECT_THAT(Listed(Staff(), absl::StrCat("lead = \"", Organisation(), "\"")), IsEmpty());
  const auto by_service = service_.ListProposals(As(options::v1::ROLE_SERVICE), {});
  ASSERT_THAT(by_service, IsOk());
  EXPECT_NE(by_service->feed().generation(), "");
}

}  // namespace
}  // namespace scharnier::proposals
