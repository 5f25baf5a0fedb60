#include "services/proposals/store/calls.h"

#include <chrono>
#include <future>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/names.h"
#include "common/runtime/uuid.h"
#include "common/testing/matchers.h"
#include "scharnier/proposals/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/proposals/proposals_test.h"
#include "services/proposals/sql/all.sql.h"
#include "services/proposals/standing.h"

namespace scharnier::proposals {
namespace {

using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::HasField;
using testing::HasMetadata;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::IsOkAnd;
using ::testing::UnorderedElementsAre;

class CallsTest : public ProposalsTest {
 protected:
  v1::UpdateCallRequest Update(const v1::Call& seen) {
    v1::UpdateCallRequest request;
    request.mutable_call()->set_name(seen.name());
    request.mutable_call()->set_etag(seen.etag());
    request.set_request_id(runtime::NewUuid());
    return request;
  }
  // An amendment of the milestone that gates ideas.
  v1::AmendCallRequest Amendment(const v1::Call& seen, int day) {
    v1::AmendCallRequest request;
    request.mutable_call()->set_name(seen.name());
    request.mutable_call()->set_etag(seen.etag());
    *request.mutable_call()->mutable_milestones() = seen.milestones();
    v1::Milestone& fiche = *request.mutable_call()->mutable_milestones(0);
    fiche.mutable_when()->mutable_deadline()->mutable_date()->set_day(day);
    request.mutable_reason()->set_nl("Op vraag van velen");
    request.set_request_id(runtime::NewUuid());
    return request;
  }
  absl::StatusOr<v1::Call> Get(const runtime::Context& ctx, const std::string& name) {
    v1::GetCallRequest request;
    request.set_name(name);
    return service_.GetCall(ctx, request);
  }
  std::vector<std::string> List(const runtime::Context& ctx, const std::string& filter) {
    v1::ListCallsRequest request;
    request.set_filter(filter);
    request.set_page_size(1);
    std::vector<std::string> titles;
    do {
      const auto page = service_.ListCalls(ctx, request);
      EXPECT_THAT(page, IsOk());
      for (const v1::Call& call : page->calls()) {
        titles.push_back(call.title().nl());
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return titles;
  }
  std::vector<std::string> Involved(const std::string& call) {
    v1::ListInvolvedOrganisationsRequest request;
    request.set_call(call);
    request.set_page_size(2);
    std::vector<std::string> names;
    do {
      const auto page = service_.ListInvolvedOrganisations(As(options::v1::ROLE_SERVICE), request);
      EXPECT_THAT(page, IsOk());
      for (const auto& involved : page->organisations()) {
        names.push_back(involved.organisation());
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  }
};

TEST_F(CallsTest, EveryQueryPreparesOnTheMigratedSchema) {
  EXPECT_THAT(testing::PrepareAll(database_, sql::All()), IsEmpty());
}

TEST_F(CallsTest, EveryColumnIsTagged) {
  EXPECT_THAT(testing::UntaggedColumns(database_), IsEmpty());
}

TEST_F(CallsTest, ADraftExistsForStaffAlone) {
  const v1::Call draft = Draft();
  EXPECT_EQ(draft.state(), v1::Call::STATE_DRAFT);
  EXPECT_EQ(draft.launch().display(), "tot en met maandag 20 december 2021");
  EXPECT_TRUE(rpc::MatchesName("calls/*/tracks/*", draft.tracks(0).name()));
  EXPECT_THAT(Get(Staff(), draft.name()), IsOkAnd(EqualsProto(draft)));
  for (const auto role : {options::v1::ROLE_ANONYMOUS, options::v1::ROLE_PERSON,
                          options::v1::ROLE_TEAM, options::v1::ROLE_SERVICE}) {
    EXPECT_THAT(Get(As(role), draft.name()), HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
    EXPECT_THAT(List(As(role), ""), IsEmpty());
  }
  EXPECT_THAT(Changes(), IsEmpty()) << "a draft leaves the house in no feed";
  const auto published = Publish(draft);
  ASSERT_THAT(published, IsOk());
  EXPECT_EQ(published->publish_time().seconds(), 1643706000);
  EXPECT_THAT(Get(As(options::v1::ROLE_ANONYMOUS), draft.name()), IsOkAnd(EqualsProto(*published)));
  EXPECT_THAT(Changes(), ElementsAre("call.published"));
  EXPECT_THAT(LastScope(), ElementsAre(draft.name()));
  EXPECT_THAT(database_.Sql("SELECT audience FROM change"), ElementsAre("PUBLIC"));
  EXPECT_THAT(Publish(draft), HasReason(v1::ERROR_REASON_CALL_STATE));
}

TEST_F(CallsTest, APrefixBelongsToOneCall) {
  const v1::Call first = Draft();
  v1::CreateCallRequest create;
  *create.mutable_call() = first;
  create.set_request_id(runtime::NewUuid());
  const auto second = service_.CreateCall(Staff(), create);
  EXPECT_THAT(second, HasReason(v1::ERROR_REASON_REFERENCE_PREFIX_TAKEN));
  EXPECT_THAT(second, HasField("call.reference_prefix"));
  create.mutable_call()->set_reference_prefix("ANDER");
  const auto copy = service_.CreateCall(Staff(), create);
  ASSERT_THAT(copy, IsOk()) << "a refusal frees the request_id";
  EXPECT_NE(copy->tracks(0).name(), first.tracks(0).name());
  v1::UpdateCallRequest update = Update(*copy);
  update.mutable_call()->set_reference_prefix(first.reference_prefix());
  EXPECT_THAT(service_.UpdateCall(Staff(), update),
              HasReason(v1::ERROR_REASON_REFERENCE_PREFIX_TAKEN));
}

TEST_F(CallsTest, ADraftChangesWithItsEtagAndKeepsTheNamesOfTracks) {
  const v1::Call draft = Draft();
  v1::UpdateCallRequest update = Update(draft);
  *update.mutable_call()->mutable_tracks() = draft.tracks();
  update.mutable_call()->add_tracks()->mutable_title()->set_nl("VIA-6");
  const auto updated = service_.UpdateCall(Staff(), update);
  ASSERT_THAT(updated, IsOk());
  ASSERT_EQ(updated->tracks_size(), 2);
  EXPECT_EQ(updated->tracks(0).name(), draft.tracks(0).name());
  EXPECT_TRUE(rpc::MatchesName("calls/*/tracks/*", updated->tracks(1).name()));

  update.set_request_id(runtime::NewUuid());
  EXPECT_THAT(service_.UpdateCall(Staff(), update), HasReason(types::v1::ERROR_REASON_ETAG_STALE));
  v1::UpdateCallRequest foreign = Update(*updated);
  foreign.mutable_call()->add_tracks()->set_name(Draft().tracks(0).name());
  EXPECT_THAT(service_.UpdateCall(Staff(), foreign), HasField("call.tracks[0].name"));
  v1::UpdateCallRequest same = Update(*updated);
  same.mutable_call()->mutable_title()->set_nl(updated->title().nl());
  EXPECT_THAT(service_.UpdateCall(Staff(), same), IsOkAnd(EqualsProto(*updated)));
  same.mutable_call()->set_name("calls/" + runtime::NewUuid());
  same.set_request_id(runtime::NewUuid());
  EXPECT_THAT(service_.UpdateCall(Staff(), same), HasMetadata("name", same.call().name()));
  ASSERT_THAT(Publish(*updated), IsOk());
  const auto published = Get(Staff(), draft.name());
  v1::UpdateCallRequest late = Update(*published);
  late.mutable_call()->mutable_title()->set_nl("Anders");
  EXPECT_THAT(service_.UpdateCall(Staff(), late), HasReason(v1::ERROR_REASON_CALL_STATE));
}

TEST_F(CallsTest, AnAmendmentIsToldInDutch) {
  const v1::Call call = MakeCall();
  const v1::AmendCallRequest request = Amendment(call, 31);
  const auto amended = service_.AmendCall(Staff(), request);
  ASSERT_THAT(amended, IsOk());
  ASSERT_EQ(amended->amendments_size(), 1);
  EXPECT_THAT(amended->amendments(0).diff(),
              ElementsAre("Termijn \"Fiche indienen\": was tot en met dinsdag 15 maart 2022, wordt "
                          "tot en met donderdag 31 maart 2022"));
  EXPECT_EQ(amended->milestones(0).when().deadline().closes_before().seconds(), 1648764000);
  EXPECT_THAT(Changes(), ElementsAre("call.published", "call.amended"));
  EXPECT_THAT(LastPayload<v1::Call>(), EqualsProto(*amended));
  EXPECT_THAT(database_.Sql("SELECT reason FROM audit WHERE reason <> ''"),
              ElementsAre("Op vraag van velen"));
  EXPECT_THAT(service_.AmendCall(Staff(), request), IsOkAnd(EqualsProto(*amended)))
      << "a repetition has no effect";
  EXPECT_THAT(service_.AmendCall(Staff(), Amendment(call, 31)),
              HasReason(types::v1::ERROR_REASON_ETAG_STALE));
  const auto unchanged = service_.AmendCall(Staff(), Amendment(*amended, 31));
  EXPECT_THAT(unchanged, IsOkAnd(EqualsProto(*amended)));
}

TEST_F(CallsTest, WhatWasPublishedHolds) {
  const v1::Call call = MakeCall();
  const std::string before = Rows();
  const auto earlier = service_.AmendCall(Staff(), Amendment(call, 14));
  EXPECT_THAT(earlier, HasReason(v1::ERROR_REASON_HARD_DEADLINE_EARLIER));
  EXPECT_THAT(earlier, HasMetadata("milestone", "fiche"));
  v1::AmendCallRequest gateless = Amendment(call, 15);
  gateless.mutable_call()->mutable_milestones()->DeleteSubrange(0, 1);
  EXPECT_THAT(service_.AmendCall(Staff(), gateless), HasReason(v1::ERROR_REASON_GATE_LEFT_OUT));
  v1::AmendCallRequest trackless = Amendment(call, 15);
  trackless.mutable_update_mask()->add_paths("tracks");
  EXPECT_THAT(service_.AmendCall(Staff(), trackless), HasReason(v1::ERROR_REASON_TRACK_LEFT_OUT));
  v1::AmendCallRequest prefix = Amendment(call, 15);
  prefix.mutable_call()->set_reference_prefix("NIEUW");
  EXPECT_THAT(service_.AmendCall(Staff(), prefix), HasReason(v1::ERROR_REASON_FIELD_FROZEN));
  v1::AmendCallRequest form = Amendment(call, 15);
  *form.mutable_call()->mutable_tracks() = call.tracks();
  form.mutable_call()->mutable_tracks(0)->clear_idea_form();
  EXPECT_THAT(service_.AmendCall(Staff(), form), HasMetadata("field", "call.tracks[0].idea_form"));
  EXPECT_EQ(Rows(), before);
  const v1::Call draft = Draft();
  EXPECT_THAT(service_.AmendCall(Staff(), Amendment(draft, 31)),
              HasReason(v1::ERROR_REASON_CALL_STATE));
  EXPECT_THAT(service_.AmendCall(Staff(), Amendment(draft, 15)),
              HasReason(v1::ERROR_REASON_CALL_STATE))
      << "also where nothing changes";
}

TEST_F(CallsTest, AfterTheFirstSubmitEligibilityIsFixed) {
  const std::string organisation = Organisation();
  Mandate("an@example.org", organisation, kSignatory);
  const auto widened = [&](const v1::Call& call) {
    v1::AmendCallRequest request = Amendment(call, 15);
    request.mutable_call()->add_regions(types::v1::REGION_LIM);
    return service_.AmendCall(Staff(), request);
  };
  const v1::Call with_idea = MakeCall(), with_draft = MakeCall(), with_proposal = MakeCall();
  ASSERT_THAT(service_.SubmitIdea(Staff(), IdeaRequest(with_idea, organisation)), IsOk());
  MakeProposal("an@example.org", with_draft, organisation);
  const v1::Proposal submitted = MakeProposal("an@example.org", with_proposal, organisation);
  ASSERT_THAT(Submit("an@example.org", submitted.name()), IsOk());
  EXPECT_THAT(widened(with_idea), HasReason(v1::ERROR_REASON_FIELD_FROZEN));
  EXPECT_THAT(widened(with_proposal), HasMetadata("field", "call.regions"));
  EXPECT_THAT(widened(with_draft), IsOk()) << "a draft is none, and tells nothing";
  EXPECT_THAT(service_.AmendCall(Staff(), Amendment(with_idea, 31)), IsOk());
}

TEST_F(CallsTest, WhatIsHandedInWaitsForAnAmendmentAndIsJudgedByIt) {
  v1::Call call = MakeCall();
  const std::string organisation = Organisation();
  std::future<absl::StatusOr<v1::Idea>> idea;
  ASSERT_THAT(db_.Transact(Staff(),
                           [&](db::Tx& tx) -> absl::Status {
                             const auto locked = store::LockCall(tx, rpc::NameIds(call.name())[0]);
                             EXPECT_THAT(locked, IsOk());
                             idea = std::async(std::launch::async, [&] {
                               return service_.SubmitIdea(Staff(), IdeaRequest(call, organisation));
                             });
                             EXPECT_EQ(idea.wait_for(std::chrono::milliseconds(300)),
                                       std::future_status::timeout);
                             call.add_regions(types::v1::REGION_LIM);
                             return store::SaveCall(tx, call, Staff().now()).status();
                           }),
              IsOk());
  EXPECT_THAT(idea.get(), HasReason(v1::ERROR_REASON_NOT_ELIGIBLE));
}

TEST_F(CallsTest, AnAmendmentWaitsForWhatIsHandedIn) {
  const v1::Call call = MakeCall();
  std::future<absl::StatusOr<v1::Call>> amended;
  ASSERT_THAT(db_.Transact(Staff(),
                           [&](db::Tx& tx) -> absl::Status {
                             EXPECT_THAT(FindPlace(tx, Staff(), call.tracks(0).name()).status(),
                                         IsOk());
                             amended = std::async(std::launch::async, [&] {
                               return service_.AmendCall(Staff(), Amendment(call, 31));
                             });
                             EXPECT_EQ(amended.wait_for(std::chrono::milliseconds(300)),
                                       std::future_status::timeout);
                             return absl::OkStatus();
                           }),
              IsOk());
  EXPECT_THAT(amended.get(), IsOk());
}

TEST_F(CallsTest, ListsNewestFirstByStateAndRegion) {
  const auto titled = [](const char* title, const std::vector<types::v1::Region>& regions) {
    return [=](v1::Call& call) {
      call.mutable_title()->set_nl(title);
      for (const auto region : regions) {
        call.add_regions(region);
      }
    };
  };
  MakeCall(titled("alle", {}));
  MakeCall(titled("oost", {types::v1::REGION_OVL, types::v1::REGION_WVL}));
  Draft(titled("ontwerp", {types::v1::REGION_ANT}));
  const auto anonymous = [&] { return As(options::v1::ROLE_ANONYMOUS); };
  EXPECT_THAT(List(anonymous(), ""), ElementsAre("oost", "alle"));
  EXPECT_THAT(List(anonymous(), "region = REGION_OVL"), ElementsAre("oost", "alle"));
  EXPECT_THAT(List(anonymous(), "region = REGION_ANT"), ElementsAre("alle"));
  EXPECT_THAT(List(Staff(), ""), ElementsAre("ontwerp", "oost", "alle"));
  EXPECT_THAT(List(Staff(), "state = STATE_DRAFT"), ElementsAre("ontwerp"));
  const auto by_service = service_.ListCalls(As(options::v1::ROLE_SERVICE), {});
  ASSERT_THAT(by_service, IsOk());
  EXPECT_NE(by_service->feed().generation(), "") << "a copy goes on from there";
}

TEST_F(CallsTest, AnAmendmentTouchesThoseWhoTakePart) {
  const v1::Call call = MakeCall(), other = MakeCall();
  const std::string hands_in = Organisation(), takes_back = Organisation(), leads = Organisation(),
                    accepts = Organisation(), invited = Organisation(), declines = Organisation(),
                    elsewhere = Organisation(), withdraws = Organisation();
  for (const std::string& organisation : {leads, accepts, declines, withdraws}) {
    Mandate("an@example.org", organisation, kSignatory);
  }
  ASSERT_THAT(service_.SubmitIdea(Staff(), IdeaRequest(call, hands_in)), IsOk());
  ASSERT_THAT(service_.SubmitIdea(Staff(), IdeaRequest(other, elsewhere)), IsOk());
  const auto back = service_.SubmitIdea(Staff(), IdeaRequest(call, takes_back));
  v1::WithdrawIdeaRequest withdraw;
  withdraw.set_name(back->name());
  withdraw.set_request_id(runtime::NewUuid());
  ASSERT_THAT(service_.WithdrawIdea(Staff(), withdraw), IsOk());
  const std::string draft = MakeProposal("an@example.org", call, leads).name();
  for (const std::string& organisation : {accepts, invited, declines, hands_in}) {
    ASSERT_THAT(Invite("an@example.org", draft, organisation), IsOk());
  }
  ASSERT_THAT(Answer("an@example.org", draft, accepts, true), IsOk());
  ASSERT_THAT(Answer("an@example.org", draft, declines, false), IsOk());
  const std::string gone = MakeProposal("an@example.org", call, withdraws).name();
  ASSERT_THAT(Withdraw("an@example.org", gone), IsOk());
  EXPECT_THAT(Involved(call.name()), UnorderedElementsAre(hands_in, leads, accepts, invited));
  EXPECT_THAT(Involved(MakeCall().name()), IsEmpty());
  v1::ListInvolvedOrganisationsRequest nothing;
  nothing.set_call(Draft().name());
  EXPECT_THAT(service_.ListInvolvedOrganisations(As(options::v1::ROLE_SERVICE), nothing),
              HasMetadata("name", nothing.call()));
}

}  // namespace
}  // namespace scharnier::proposals
