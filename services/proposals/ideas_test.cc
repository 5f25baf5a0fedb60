#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
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

// The first moment too late for ideas: 16 March 2022 in Brussels.
const absl::Time kCloses = absl::FromUnixSeconds(1647385200);

class IdeasTest : public ProposalsTest {
 protected:
  absl::StatusOr<v1::Idea> Get(const runtime::Context& ctx, const std::string& name) {
    v1::GetIdeaRequest request;
    request.set_name(name);
    return service_.GetIdea(ctx, request);
  }
  absl::StatusOr<v1::Idea> TakeBack(const runtime::Context& ctx, const std::string& name) {
    v1::WithdrawIdeaRequest request;
    request.set_name(name);
    request.set_request_id(runtime::NewUuid());
    return service_.WithdrawIdea(ctx, request);
  }
  std::vector<std::string> List(const runtime::Context& ctx, const std::string& filter = "") {
    v1::ListIdeasRequest request;
    request.set_filter(filter);
    request.set_page_size(1);
    std::vector<std::string> names;
    do {
      const auto page = service_.ListIdeas(ctx, request);
      EXPECT_THAT(page, IsOk());
      for (const v1::Idea& idea : page->ideas()) {
        EXPECT_EQ(idea.answers(0).text(), "");
        EXPECT_EQ(idea.contact().email(), "an@example.org");
        names.push_back(idea.name());
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  }
};

TEST_F(IdeasTest, IsHandedInAndReadBack) {
  const v1::Call call = MakeCall();
  const std::string organisation = Organisation();
  Mandate("an@example.org", organisation, kEditor);
  const auto idea = service_.SubmitIdea(Person("an@example.org"), IdeaRequest(call, organisation));
  ASSERT_THAT(idea, IsOk());
  EXPECT_EQ(idea->state(), v1::Idea::STATE_SUBMITTED);
  EXPECT_EQ(idea->reference(), call.reference_prefix() + "-0001");
  EXPECT_EQ(idea->receive_time().seconds(), 1643706000);
  EXPECT_THAT(Get(Person("an@example.org"), idea->name()), IsOkAnd(EqualsProto(*idea)));
  EXPECT_THAT(Get(Staff(), idea->name()), IsOkAnd(EqualsProto(*idea)));
  EXPECT_THAT(Changes(), ElementsAre("call.published", "idea.received"));
  EXPECT_THAT(LastScope(), ElementsAre(call.name(), organisation));
  const auto second = service_.SubmitIdea(Staff(), IdeaRequest(call, organisation));
  ASSERT_THAT(second, IsOk()) << "staff act on behalf";
  EXPECT_EQ(second->reference(), call.reference_prefix() + "-0002");
}

TEST_F(IdeasTest, ReferencesGrowBeyondFourDigits) {
  database_.Sql("SELECT setval('reference_number', 9999)");
  const v1::Call call = MakeCall();
  const auto idea = service_.SubmitIdea(Staff(), IdeaRequest(call, Organisation()));
  ASSERT_THAT(idea, IsOk());
  EXPECT_EQ(idea->reference(), call.reference_prefix() + "-10000");
}

TEST_F(IdeasTest, ExistsForThoseWithAMandateStaffAndServices) {
  const v1::Call call = MakeCall();
  const std::string ours = Organisation(), theirs = Organisation();
  Mandate("lezer@example.org", ours, kViewer);
  Mandate("ander@example.org", theirs, kSignatory);
  const auto idea = service_.SubmitIdea(Staff(), IdeaRequest(call, ours));
  ASSERT_THAT(idea, IsOk());
  EXPECT_THAT(Get(Person("lezer@example.org"), idea->name()), IsOkAnd(EqualsProto(*idea)));
  EXPECT_THAT(List(Person("lezer@example.org")), ElementsAre(idea->name()));
  EXPECT_THAT(TakeBack(Person("lezer@example.org"), idea->name()),
              HasReason(v1::ERROR_REASON_MANDATE_NEEDED));
  EXPECT_THAT(TakeBack(Person("lezer@example.org"), idea->name()), HasMetadata("role", "EDITOR"));
  for (const char* email : {"ander@example.org", "niemand@example.org"}) {
    EXPECT_THAT(Get(Person(email), idea->name()),
                HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
    EXPECT_THAT(TakeBack(Person(email), idea->name()), HasMetadata("name", idea->name()));
    EXPECT_THAT(List(Person(email)), IsEmpty());
  }
  const auto by_service = Get(As(options::v1::ROLE_SERVICE), idea->name());
  ASSERT_THAT(by_service, IsOk());
  EXPECT_EQ(by_service->contact().email(), "an@example.org");
  EXPECT_EQ(by_service->answers(0).text(), "");
}

TEST_F(IdeasTest, IsTakenBackOnce) {
  const std::string organisation = Organisation();
  Mandate("an@example.org", organisation, kEditor);
  const auto idea =
      service_.SubmitIdea(Person("an@example.org"), IdeaRequest(MakeCall(), organisation));
  ASSERT_THAT(idea, IsOk());
  const auto withdrawn = TakeBack(Person("an@example.org"), idea->name());
  ASSERT_THAT(withdrawn, IsOk());
  EXPECT_EQ(withdrawn->state(), v1::Idea::STATE_WITHDRAWN);
  EXPECT_NE(withdrawn->etag(), idea->etag());
  EXPECT_THAT(Get(Staff(), idea->name()), IsOkAnd(EqualsProto(*withdrawn)));
  EXPECT_EQ(Changes().back(), "idea.withdrawn");
  EXPECT_THAT(TakeBack(Staff(), idea->name()), HasReason(v1::ERROR_REASON_IDEA_STATE));
}

// The register knows before the copy.
TEST_F(IdeasTest, IsTakenBackByWhoMayWriteNow) {
  const std::string organisation = Organisation();
  Mandate("an@example.org", organisation, kEditor);
  const auto idea =
      service_.SubmitIdea(Person("an@example.org"), IdeaRequest(MakeCall(), organisation));
  ASSERT_THAT(idea, IsOk());
  mandates_.clear();
  EXPECT_THAT(TakeBack(Person("an@example.org"), idea->name()),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  mandates_[Person("nieuw@example.org").caller().subject][organisation] = kEditor;
  EXPECT_THAT(TakeBack(Person("nieuw@example.org"), idea->name()), IsOk());
}

TEST_F(IdeasTest, RefusalsSayWhyAndWriteNothing) {
  const v1::Call call = MakeCall([](v1::Call& c) {
    c.add_kinds(organisations::v1::Organisation::KIND_FACILITY);
    c.add_regions(types::v1::REGION_OVL);
  });
  const v1::Call draft = Draft();
  const std::string ours = Organisation();
  const std::string referrer =
      Organisation([](auto& o) { o.set_kind(organisations::v1::Organisation::KIND_REFERRER); });
  const std::string west = Organisation([](auto& o) { o.set_regions(0, types::v1::REGION_WVL); });
  Mandate("lezer@example.org", ours, kViewer);
  Mandate("an@example.org", ours, kEditor);
  const std::string before = Rows();
  const auto submit = [&](const runtime::Context& ctx, const v1::Call& c,
                          const std::string& organisation) {
    return service_.SubmitIdea(ctx, IdeaRequest(c, organisation));
  };
  EXPECT_THAT(submit(Person("lezer@example.org"), call, ours),
              HasReason(v1::ERROR_REASON_MANDATE_NEEDED));
  EXPECT_THAT(submit(Person("niemand@example.org"), call, ours), HasMetadata("organisation", ours));
  EXPECT_THAT(submit(Staff(), call, referrer), HasReason(v1::ERROR_REASON_NOT_ELIGIBLE));
  EXPECT_THAT(submit(Staff(), call, referrer), HasMetadata("rule", "kind"));
  EXPECT_THAT(submit(Staff(), call, west), HasMetadata("rule", "region"));
  EXPECT_THAT(submit(Person("an@example.org"), draft, ours),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  EXPECT_THAT(submit(Person("an@example.org"), draft, ours),
              HasMetadata("name", draft.tracks(0).name()));
  EXPECT_THAT(submit(Staff(), draft, ours), HasReason(v1::ERROR_REASON_CALL_STATE));
  v1::SubmitIdeaRequest unanswered = IdeaRequest(call, ours);
  unanswered.mutable_idea()->clear_answers();
  EXPECT_THAT(service_.SubmitIdea(Staff(), unanswered),
              HasReason(types::v1::ERROR_REASON_FIELD_MISSING));
  server_.clock().Set(kCloses);
  const auto late = submit(Staff(), call, ours);
  EXPECT_THAT(late, HasReason(v1::ERROR_REASON_GATE_CLOSED));
  EXPECT_THAT(late, HasMetadata("call", call.name()));
  EXPECT_THAT(late, HasMetadata("milestone", "fiche"));
  EXPECT_THAT(late, HasMetadata("closed", "2022-03-15T23:00:00Z"));
  EXPECT_EQ(Rows(), before);
}

TEST_F(IdeasTest, AfterASoftDeadlineItIsMarked) {
  const v1::Call call = MakeCall([](v1::Call& c) {
    c.mutable_milestones(0)->mutable_when()->mutable_deadline()->set_strictness(
        types::v1::STRICTNESS_SOFT);
  });
  server_.clock().Set(kCloses);
  const auto late = service_.SubmitIdea(Staff(), IdeaRequest(call, Organisation()));
  ASSERT_THAT(late, IsOk());
  EXPECT_THAT(late->marks(), ElementsAre(v1::Idea::MARK_LATE));
}

TEST_F(IdeasTest, WhatWasReceivedInTimeIsInTimeHoweverLongItTakes) {
  const v1::Call call = MakeCall();
  const std::string organisation = Organisation();
  server_.clock().Set(kCloses - absl::Milliseconds(1));
  const runtime::Context in_time = Staff();
  server_.clock().Set(kCloses + absl::Minutes(5));
  EXPECT_THAT(service_.SubmitIdea(in_time, IdeaRequest(call, organisation)), IsOk());
  EXPECT_THAT(service_.SubmitIdea(Staff(), IdeaRequest(call, organisation)),
              HasReason(v1::ERROR_REASON_GATE_CLOSED));
}

TEST_F(IdeasTest, AnOrganisationThatTheCopyDoesNotHaveCostsOneCallToTheRegister) {
  const v1::Call call = MakeCall();
  ASSERT_THAT(service_.SubmitIdea(Staff(), IdeaRequest(call, Organisation())), IsOk());
  EXPECT_EQ(asked_, 0);
  const std::string fresh = UnknownOrganisation();
  ASSERT_THAT(service_.SubmitIdea(Staff(), IdeaRequest(call, fresh)), IsOk());
  EXPECT_EQ(asked_, 1);
  const std::string nobody = "organisations/" + runtime::NewUuid();
  const auto refused = service_.SubmitIdea(Staff(), IdeaRequest(call, nobody));
  EXPECT_THAT(refused, HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  EXPECT_THAT(refused, HasMetadata("name", nobody));
}

TEST_F(IdeasTest, ListsNewestFirstWithFilters) {
  const v1::Call call = MakeCall(), other = MakeCall();
  const std::string a = Organisation(), b = Organisation();
  const auto submit = [&](const v1::Call& c, const std::string& organisation) {
    return service_.SubmitIdea(Staff(), IdeaRequest(c, organisation))->name();
  };
  const std::string first = submit(call, a), second = submit(call, b), third = submit(other, a);
  ASSERT_THAT(TakeBack(Staff(), second), IsOk());
  EXPECT_THAT(List(Staff()), ElementsAre(third, second, first));
  EXPECT_THAT(List(Staff(), absl::StrCat("call = \"", call.name(), "\"")),
              ElementsAre(second, first));
  EXPECT_THAT(List(Staff(), absl::StrCat("track = \"", other.tracks(0).name(), "\"")),
              ElementsAre(third));
  EXPECT_THAT(List(Staff(), absl::StrCat("organisation = \"", a, "\"")), ElementsAre(third, first));
  EXPECT_THAT(List(As(options::v1::ROLE_SERVICE), "state = STATE_WITHDRAWN"), ElementsAre(second));
}

TEST_F(IdeasTest, PeopleAndAnswersStandWhereTheyMay) {
  v1::SubmitIdeaRequest request = IdeaRequest(MakeCall(), Organisation());
  request.mutable_idea()->mutable_contact()->set_full_name("Kanarie Naam");
  request.mutable_idea()->mutable_contact()->set_email("kanarie@example.org");
  request.mutable_idea()->mutable_answers(0)->set_text("Kanarie-verhaal");
  const auto idea = service_.SubmitIdea(Staff(), request);
  ASSERT_THAT(idea, IsOk());
  const auto received = LastPayload<v1::Idea>();
  EXPECT_EQ(received.title(), idea->title());
  EXPECT_EQ(received.contact().email(), "");
  EXPECT_EQ(received.answers(0).text(), "");
  ASSERT_THAT(TakeBack(Staff(), idea->name()), IsOk());
  for (const char* place : {"change", "audit", "request_log"}) {
    for (const char* canary : {"Kanarie", "kanarie"}) {
      EXPECT_THAT(database_.Sql(absl::StrCat("SELECT count(*) FROM ", place, " t WHERE position('",
                                             canary, "' IN t::text) > 0 OR position(encode('",
                                             canary, "', 'hex') IN t::text) > 0")),
                  ElementsAre("0"))
          << place;
    }
  }
  EXPECT_THAT(
      database_.Sql("SELECT count(*) FROM idea WHERE position('Kanarie'::bytea IN body) > 0 OR "
                    "position('Kanarie'::bytea IN sealed) > 0 OR position('verhaal'::bytea IN "
                    "personal) > 0"),
      ElementsAre("0"));
}

}  // namespace
}  // namespace scharnier::proposals
