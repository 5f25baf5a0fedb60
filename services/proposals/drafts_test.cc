// Proposals while they are written: for whom they exist, and how people write them together.

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
using testing::HasField;
using testing::HasMetadata;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::IsOkAnd;

constexpr auto kNotFound = types::v1::ERROR_REASON_RESOURCE_NOT_FOUND;
// The first moment too late for proposals: 10 September 2022 in Brussels.
const absl::Time kCloses = absl::FromUnixSeconds(1662760800);

class DraftsTest : public ProposalsTest {
 protected:
  DraftsTest() : call_(MakeCall()), lead_(Organisation()) {
    Mandate("tekent@example.org", lead_, kSignatory);
    Mandate("schrijft@example.org", lead_, kEditor);
    Mandate("leest@example.org", lead_, kViewer);
  }

  v1::Proposal Make() { return MakeProposal("schrijft@example.org", call_, lead_); }
  absl::StatusOr<v1::Proposal> Create(const std::string& email,
                                      const std::function<void(v1::Proposal&)>& adjust = {}) {
    v1::CreateProposalRequest request = ProposalRequest(call_, lead_);
    if (adjust) {
      adjust(*request.mutable_proposal());
    }
    return service_.CreateProposal(Person(email), request);
  }
  // An update of the paths given; without any, of the fields that are set.
  absl::StatusOr<v1::Proposal> Update(const std::string& email, const v1::Proposal& seen,
                                      const std::vector<std::string>& paths,
                                      const std::function<void(v1::Proposal&)>& adjust) {
    v1::UpdateProposalRequest request;
    request.mutable_proposal()->set_name(seen.name());
    request.mutable_proposal()->set_etag(seen.etag());
    adjust(*request.mutable_proposal());
    for (const std::string& path : paths) {
      request.mutable_update_mask()->add_paths(path);
    }
    request.set_request_id(runtime::NewUuid());
    return service_.UpdateProposal(Person(email), request);
  }
  static std::function<void(v1::Proposal&)> Says(const std::string& question,
                                                 const std::string& text) {
    return [=](v1::Proposal& proposal) {
      types::v1::Answer& answer = *proposal.add_answers();
      answer.set_question_id(question);
      answer.set_text(text);
    };
  }

  const v1::Call call_;
  const std::string lead_;
};

TEST_F(DraftsTest, IsMadeAndReadBackByThePeopleOfTheLead) {
  const v1::Proposal draft = Make();
  EXPECT_EQ(draft.state(), v1::Proposal::STATE_DRAFT);
  EXPECT_EQ(draft.reference(), "");
  EXPECT_EQ(draft.version(), 0);
  for (const char* email : {"tekent@example.org", "schrijft@example.org", "leest@example.org"}) {
    EXPECT_THAT(Read(Person(email), draft.name()), IsOkAnd(EqualsProto(draft)));
    EXPECT_THAT(Listed(Person(email)), ElementsAre(draft.name()));
  }
}

TEST_F(DraftsTest, DoesNotExistForAnybodyElse) {
  const v1::Proposal draft = Make();
  const std::string other = Organisation();
  Mandate("ander@example.org", other, kSignatory);
  Mandate("genodigde@example.org", other, kSignatory);
  const auto check = [&](const runtime::Context& ctx) {
    EXPECT_THAT(Read(ctx, draft.name()), HasReason(kNotFound));
    EXPECT_THAT(Read(ctx, draft.name()), HasMetadata("name", draft.name()));
    EXPECT_THAT(Listed(ctx), IsEmpty());
    v1::ListReceiptsRequest receipts;
    receipts.set_parent(draft.name());
    EXPECT_THAT(service_.ListReceipts(ctx, receipts), HasReason(kNotFound));
  };
  check(Staff());
  check(As(options::v1::ROLE_TEAM));
  check(Person("ander@example.org"));
  check(Person("niemand@example.org"));
  EXPECT_THAT(Changes(), ElementsAre("call.published")) << "the feed tells nothing";
  EXPECT_THAT(Read(As(options::v1::ROLE_SERVICE), draft.name()), IsOk());

  for (const char* email : {"ander@example.org", "niemand@example.org"}) {
    EXPECT_THAT(Retitle(email, draft, "Mijn titel"), HasReason(kNotFound));
    EXPECT_THAT(Invite(email, draft.name(), other), HasReason(kNotFound));
    EXPECT_THAT(Remove(email, draft.name(), other), HasReason(kNotFound));
    EXPECT_THAT(Answer(email, draft.name(), other, true), HasReason(kNotFound));
    EXPECT_THAT(Submit(email, draft.name()), HasReason(kNotFound));
    EXPECT_THAT(Withdraw(email, draft.name()), HasReason(kNotFound));
  }
  // An invitation opens nothing until it is accepted.
  ASSERT_THAT(Invite("schrijft@example.org", draft.name(), other), IsOk());
  EXPECT_THAT(Read(Person("genodigde@example.org"), draft.name()), HasReason(kNotFound));
  EXPECT_THAT(Listed(Person("genodigde@example.org")), IsEmpty());
  EXPECT_THAT(Retitle("genodigde@example.org", draft, "Mijn titel"), HasReason(kNotFound));
  // A withdrawn draft exists for nobody else either.
  ASSERT_THAT(Withdraw("tekent@example.org", draft.name()), IsOk());
  check(Staff());
  EXPECT_THAT(Changes(), ElementsAre("call.published", "invitation.sent", "invitation.withdrawn"));
}

TEST_F(DraftsTest, AMandateThatWasTakenBackEndsIt) {
  const v1::Proposal draft = Make();
  // The register knows first, and it is asked for whoever writes.
  mandates_.clear();
  EXPECT_THAT(Retitle("schrijft@example.org", draft, "Titel"), HasReason(kNotFound));
  EXPECT_THAT(Submit("tekent@example.org", draft.name()), HasReason(kNotFound));
  EXPECT_THAT(Create("schrijft@example.org"), HasReason(v1::ERROR_REASON_MANDATE_NEEDED));
  EXPECT_THAT(Read(Person("schrijft@example.org"), draft.name()), IsOk());
  database_.Sql("UPDATE directory_mandate SET in_force = false");
  EXPECT_THAT(Read(Person("schrijft@example.org"), draft.name()), HasReason(kNotFound));
}

// And who has been given one writes before the copy of the register has heard of it.
TEST_F(DraftsTest, AMandateCountsAtOnce) {
  const v1::Proposal draft = Make();
  mandates_[Person("nieuw@example.org").caller().subject][lead_] = kEditor;
  EXPECT_THAT(Retitle("nieuw@example.org", draft, "Titel"), IsOk());
}

TEST_F(DraftsTest, NobodyWritesWhileTheRegisterIsAway) {
  const v1::Proposal draft = Make();
  register_away_ = true;
  const std::string rows = Rows();
  const auto away = HasReason(types::v1::ERROR_REASON_DEPENDENCY_AWAY);
  EXPECT_THAT(Create("schrijft@example.org"), away);
  EXPECT_THAT(Retitle("schrijft@example.org", draft, "Titel"), away);
  EXPECT_THAT(Submit("tekent@example.org", draft.name()), away);
  EXPECT_THAT(Withdraw("tekent@example.org", draft.name()), away);
  EXPECT_EQ(Rows(), rows);
  EXPECT_THAT(Read(Person("schrijft@example.org"), draft.name()), IsOk());
}

TEST_F(DraftsTest, ToReadIsNotToWrite) {
  EXPECT_THAT(Create("leest@example.org"), HasReason(v1::ERROR_REASON_MANDATE_NEEDED));
  EXPECT_THAT(Create("niemand@example.org"), HasMetadata("organisation", lead_));
  const v1::Proposal draft = Make();
  const std::string other = Organisation();
  const auto refused = Retitle("leest@example.org", draft, "Titel");
  EXPECT_THAT(refused, HasReason(v1::ERROR_REASON_MANDATE_NEEDED));
  EXPECT_THAT(refused, HasMetadata("role", "EDITOR"));
  EXPECT_THAT(Invite("leest@example.org", draft.name(), other),
              HasReason(v1::ERROR_REASON_MANDATE_NEEDED));
  EXPECT_THAT(Submit("schrijft@example.org", draft.name()), HasMetadata("role", "SIGNATORY"));
  EXPECT_THAT(Withdraw("schrijft@example.org", draft.name()),
              HasReason(v1::ERROR_REASON_MANDATE_NEEDED));
}

TEST_F(DraftsTest, WhatIsGivenFitsTheTrack) {
  EXPECT_THAT(Create("schrijft@example.org", [](auto& p) { p.clear_answers(); }), IsOk())
      << "required questions may wait";
  EXPECT_THAT(Create("schrijft@example.org", Says("wie", "Wij")),
              HasField("proposal.answers[1].question_id"));
  EXPECT_THAT(Create("schrijft@example.org",
                     [](auto& p) { p.mutable_answers(0)->set_text(std::string(51, 'a')); }),
              HasField("proposal.answers[0].text"));
  EXPECT_THAT(
      Create("schrijft@example.org", [&](auto& p) { p.set_track(Draft().tracks(0).name()); }),
      HasReason(kNotFound))
      << "a draft of a call exists for staff alone";
  const std::string unknown = call_.name() + "/tracks/" + runtime::NewUuid();
  EXPECT_THAT(Create("schrijft@example.org", [&](auto& p) { p.set_track(unknown); }),
              HasMetadata("name", unknown));
}

TEST_F(DraftsTest, ComesFromAnIdeaOfTheLeadInTheSameCall) {
  const auto idea = [&](const v1::Call& call, const std::string& organisation) {
    return service_.SubmitIdea(Staff(), IdeaRequest(call, organisation))->name();
  };
  const std::string ours = idea(call_, lead_), others = idea(call_, Organisation()),
                    elsewhere = idea(MakeCall(), lead_);
  const auto draft = Create("schrijft@example.org", [&](auto& p) { p.set_idea(ours); });
  ASSERT_THAT(draft, IsOk());
  for (const std::string& name : {others, elsewhere}) {
    const auto set = [&](auto& p) { p.set_idea(name); };
    EXPECT_THAT(Create("schrijft@example.org", set), HasReason(kNotFound));
    EXPECT_THAT(Update("schrijft@example.org", *draft, {}, set), HasMetadata("name", name));
  }
  const auto without = Update("schrijft@example.org", *draft, {"idea"}, [](auto&) {});
  ASSERT_THAT(without, IsOk());
  EXPECT_EQ(without->idea(), "");
}

TEST_F(DraftsTest, TwoEditorsOfDifferentFieldsBothKeepTheirs) {
  const v1::Proposal seen = Make();
  const auto first = Retitle("tekent@example.org", seen, "Huis voor ouders");
  ASSERT_THAT(first, IsOk());
  const auto second = Update("schrijft@example.org", seen, {"answers.waar"}, Says("waar", "Gent"));
  ASSERT_THAT(second, IsOk());
  const auto third = Update("schrijft@example.org", seen, {"contact"}, [](auto& p) {
    p.mutable_contact()->set_full_name("Bo Claes");
    p.mutable_contact()->set_email("bo@example.org");
  });
  ASSERT_THAT(third, IsOk());
  EXPECT_EQ(third->title(), "Huis voor ouders");
  EXPECT_EQ(third->contact().email(), "bo@example.org");
  ASSERT_EQ(third->answers_size(), 2);
  EXPECT_EQ(third->answers(0).text(), "Een huis");
  EXPECT_EQ(third->answers(1).text(), "Gent");
  EXPECT_THAT(Read(Person("leest@example.org"), seen.name()), IsOkAnd(EqualsProto(*third)));
}

TEST_F(DraftsTest, TheSameFieldConflictsAndTellsBothValues) {
  const v1::Proposal seen = Make();
  const auto theirs = Retitle("tekent@example.org", seen, "Huis voor ouders");
  ASSERT_THAT(theirs, IsOk());
  const std::string before = Rows();
  const auto ours = Retitle("schrijft@example.org", seen, "Ouderhuis");
  EXPECT_THAT(ours, HasReason(v1::ERROR_REASON_EDIT_CONFLICT));
  EXPECT_THAT(ours, HasField("proposal.title"));
  EXPECT_THAT(ours, HasMetadata("given_version", "1"));
  EXPECT_THAT(ours, HasMetadata("current_version", "2"));
  EXPECT_THAT(ours, HasMetadata("given", "Ouderhuis"));
  EXPECT_THAT(ours, HasMetadata("current", "Huis voor ouders"));
  EXPECT_EQ(Rows(), before);
  EXPECT_THAT(Retitle("schrijft@example.org", *theirs, "Ouderhuis"), IsOk())
      << "who has read theirs may change it";
  ASSERT_THAT(Update("tekent@example.org", seen, {"answers.wat"}, Says("wat", "Twee huizen")),
              IsOk());
  EXPECT_THAT(Update("schrijft@example.org", seen, {"answers"}, Says("wat", "Drie huizen")),
              HasField("proposal.answers.wat"));
}

TEST_F(DraftsTest, RacingEditorsOfOneFieldGetOneWinner) {
  const v1::Proposal seen = Make();
  std::vector<absl::StatusOr<v1::Proposal>> answers(8, absl::UnknownError(""));
  InParallel(8, [&](int i) {
    answers[i] = i % 2 == 0 ? Retitle("tekent@example.org", seen, absl::StrCat("Titel ", i))
                            : Update("schrijft@example.org", seen, {"answers.waar"},
                                     Says("waar", absl::StrCat("Plaats ", i)));
  });
  int titles = 0, places = 0;
  for (int i = 0; i < 8; ++i) {
    (i % 2 == 0 ? titles : places) += answers[i].ok() ? 1 : 0;
    if (!answers[i].ok()) {
      EXPECT_THAT(answers[i], HasReason(v1::ERROR_REASON_EDIT_CONFLICT));
    }
  }
  EXPECT_EQ(titles, 1);
  EXPECT_EQ(places, 1);
}

TEST_F(DraftsTest, MasksReachAsFarAsSingleAnswers) {
  const v1::Proposal draft = Make();
  const auto both = Update("schrijft@example.org", draft, {"title", "answers.waar"}, [](auto& p) {
    p.set_title("Anders");
    Says("wat", "niet in het masker")(p);
    Says("waar", "Gent")(p);
  });
  ASSERT_THAT(both, IsOk());
  EXPECT_EQ(both->title(), "Anders");
  EXPECT_EQ(both->answers(0).text(), "Een huis");
  EXPECT_EQ(both->answers(1).text(), "Gent");
  const auto retitled = Update("schrijft@example.org", *both, {"title"}, [](auto& p) {
    p.set_title("Weer anders");
    Says("wat", std::string(51, 'a'))(p);
    Says("wie", "Wij")(p);
  });
  ASSERT_THAT(retitled, IsOk()) << "answers outside of the mask are not looked at";
  EXPECT_THAT(Update("schrijft@example.org", *retitled, {"answers.waar"},
                     [](auto& p) {
                       Says("waar", "Gent")(p);
                       Says("waar", "Aalst")(p);
                     }),
              HasField("proposal.answers[1].question_id"));
  const auto deleted = Update("schrijft@example.org", *retitled, {"answers.wat"}, [](auto&) {});
  ASSERT_THAT(deleted, IsOk());
  ASSERT_EQ(deleted->answers_size(), 1);
  EXPECT_EQ(deleted->answers(0).question_id(), "waar");
  const auto same = Update("schrijft@example.org", *deleted, {"answers"}, Says("waar", "Gent"));
  EXPECT_THAT(same, IsOkAnd(EqualsProto(*deleted))) << "nothing changes";
  const auto all = Update("schrijft@example.org", *deleted, {"*"}, [&](auto& p) {
    const std::string etag = p.etag();
    p = *deleted;
    p.set_etag(etag);
    p.set_title("Nog anders");
  });
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(all->answers_size(), 1);

  for (const std::vector<std::string>& paths :
       std::vector<std::vector<std::string>>{{"answers.wie"},
                                             {"answers."},
                                             {"answers", "answers.wat"},
                                             {"*", "answers.wat"},
                                             {"answers.wat", "answers.wat"},
                                             {"partners"},
                                             {"title.nl"}}) {
    EXPECT_THAT(Update("schrijft@example.org", *all, paths, [](auto&) {}),
                HasReason(types::v1::ERROR_REASON_FIELD_MASK_INVALID))
        << paths[0];
  }
}

TEST_F(DraftsTest, WhatCannotChangeStays) {
  const v1::Proposal draft = Make();
  EXPECT_THAT(
      Update("schrijft@example.org", draft, {}, [&](auto& p) { p.set_lead(Organisation()); }),
      HasReason(v1::ERROR_REASON_FIELD_FROZEN));
  EXPECT_THAT(Update("schrijft@example.org", draft, {},
                     [&](auto& p) { p.set_track(MakeCall().tracks(0).name()); }),
              HasMetadata("field", "proposal.track"));
  v1::Proposal ahead = draft;
  for (const char* etag : {"djk5", "!!", ""}) {  // version 99; two that are none
    ahead.set_etag(etag);
    EXPECT_THAT(Retitle("schrijft@example.org", ahead, "Titel"), HasField("proposal.etag"));
  }
}

TEST_F(DraftsTest, IsWrittenUntilTheGateCloses) {
  const v1::Proposal draft = Make();
  server_.clock().Set(kCloses - absl::Milliseconds(1));
  ASSERT_THAT(Retitle("schrijft@example.org", draft, "Op tijd"), IsOk());
  server_.clock().Set(kCloses);
  EXPECT_THAT(Retitle("schrijft@example.org", draft, "Te laat"),
              HasReason(v1::ERROR_REASON_GATE_CLOSED));
  EXPECT_THAT(Create("schrijft@example.org"), HasReason(v1::ERROR_REASON_GATE_CLOSED));
  EXPECT_THAT(Invite("schrijft@example.org", draft.name(), Organisation()),
              HasReason(v1::ERROR_REASON_GATE_CLOSED));
  ASSERT_THAT(Withdraw("tekent@example.org", draft.name()), IsOk()) << "at any time";
  EXPECT_THAT(Retitle("schrijft@example.org", draft, "Te laat"),
              HasReason(v1::ERROR_REASON_PROPOSAL_STATE));
  EXPECT_THAT(Withdraw("tekent@example.org", draft.name()),
              HasReason(v1::ERROR_REASON_PROPOSAL_STATE));
}

TEST_F(DraftsTest, PeopleAndAnswersStandWhereTheyMay) {
  const auto draft = Create("schrijft@example.org", [](auto& p) {
    p.mutable_contact()->set_full_name("Kanarie Naam");
    p.mutable_contact()->set_email("kanarie@example.org");
    p.mutable_answers(0)->set_text("Kanarie-verhaal");
  });
  ASSERT_THAT(draft, IsOk());
  ASSERT_THAT(Submit("tekent@example.org", draft->name()), IsOk());
  for (const char* place : {"change", "audit", "request_log"}) {
    for (const char* canary : {"Kanarie", "kanarie"}) {
      EXPECT_THAT(database_.Sql(absl::StrCat("SELECT count(*) FROM ", place, " t WHERE position('",
                                             canary, "' IN t::text) > 0 OR position(encode('",
                                             canary, "', 'hex') IN t::text) > 0")),
                  ElementsAre("0"))
          << place;
    }
  }
  for (const char* table : {"proposal", "proposal_version"}) {
    EXPECT_THAT(
        database_.Sql(absl::StrCat(
            "SELECT count(*) FROM ", table,
            " WHERE position('Kanarie'::bytea IN body) > 0 OR position('Kanarie'::bytea IN sealed) "
            "> 0 OR position('verhaal'::bytea IN personal) > 0")),
        ElementsAre("0"));
  }
}

}  // namespace
}  // namespace scharnier::proposals
