#include "services/proposals/rules/merge.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/testing/matchers.h"
#include "common/testing/text_proto.h"
#include "common/types/text.h"
#include "gmock/gmock.h"
#include "scharnier/proposals/v1/error_reason.pb.h"

namespace scharnier::proposals::rules {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FromText;
using testing::HasField;
using testing::HasMetadata;
using testing::HasReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::Not;
using ::testing::Pair;

// Version 5: the title was changed by version 4, the answer to "wat" by version 5.
const Touched kTouched = {{"title", 4}, {"answers.wat", 5}};

v1::Proposal Current() {
  return FromText<v1::Proposal>(R"pb(
    name: "proposals/p"
    track: "calls/c/tracks/t"
    lead: "organisations/a"
    title: "Huis voor ouders"
    contact { full_name: "An Peeters" email: "an@example.org" }
    answers { question_id: "wat" text: "Een huis" }
    answers { question_id: "waar" text: "In Gent" }
  )pb");
}

absl::StatusOr<Merged> Try(const std::string& given, std::set<std::string> paths, int64_t seen) {
  const auto proposal = FromText<v1::Proposal>(given);
  return Merge(Current(), kTouched, {proposal, std::move(paths), seen});
}

TEST(MergeTest, WhatOthersHaveNotTouchedIsTaken) {
  const auto merged = Try(R"(contact { full_name: "Bo Claes" email: "bo@example.org" }
                             answers { question_id: "waar" text: "In Aalst" })",
                          {"contact", "answers.waar"}, 1);
  ASSERT_THAT(merged, IsOk());
  EXPECT_THAT(merged->changed, ElementsAre("answers.waar", "contact"));
  EXPECT_EQ(merged->proposal.title(), "Huis voor ouders") << "theirs is kept";
  EXPECT_EQ(merged->proposal.contact().email(), "bo@example.org");
  EXPECT_EQ(merged->proposal.answers(0).text(), "Een huis");
  EXPECT_EQ(merged->proposal.answers(1).text(), "In Aalst");
}

TEST(MergeTest, TheSameFieldConflictsUntilItWasSeen) {
  struct Case {
    const char* given;
    const char* path;
    int64_t seen;
    bool conflicts;
  };
  for (const Case& c : std::vector<Case>{
           {"title: \"Huis\"", "title", 3, true},
           {"title: \"Huis\"", "title", 4, false},
           {"title: \"Huis voor ouders\"", "title", 1, false},  // as it is
           {"answers { question_id: \"wat\" text: \"Twee\" }", "answers.wat", 4, true},
           {"answers { question_id: \"wat\" text: \"Twee\" }", "answers.wat", 5, false},
           {"", "answers.wat", 4, true},
           {"idea: \"ideas/i\"", "idea", 1, false}}) {
    const auto merged = Try(c.given, {c.path}, c.seen);
    if (c.conflicts) {
      EXPECT_THAT(merged, HasReason(v1::ERROR_REASON_EDIT_CONFLICT)) << c.path << c.seen;
      EXPECT_THAT(merged, HasField(absl::StrCat("proposal.", c.path)));
    } else {
      EXPECT_THAT(merged, IsOk()) << c.path << c.seen;
    }
  }
}

TEST(MergeTest, AConflictTellsBothVersionsAndBothValues) {
  const auto merged = Try("title: \"Huis voor jonge ouders\"", {"title"}, 3);
  EXPECT_THAT(merged, HasMetadata("proposal", "proposals/p"));
  EXPECT_THAT(merged, HasMetadata("field", "proposal.title"));
  EXPECT_THAT(merged, HasMetadata("given_version", "3"));
  EXPECT_THAT(merged, HasMetadata("current_version", "4"));
  EXPECT_THAT(merged, HasMetadata("given", "Huis voor jonge ouders"));
  EXPECT_THAT(merged, HasMetadata("current", "Huis voor ouders"));
}

TEST(MergeTest, AConflictTellsNothingPersonalOrSensitive) {
  const Touched touched = {{"contact", 4}, {"answers.wat", 5}};
  const auto given = FromText<v1::Proposal>(R"pb(
    contact { full_name: "Geheim" email: "geheim@example.org" }
    answers { question_id: "wat" text: "Geheim" }
  )pb");
  const auto merged = Merge(Current(), touched, {given, {"contact", "answers.wat"}, 3});
  EXPECT_THAT(merged, HasField("proposal.contact"));
  EXPECT_THAT(merged, HasField("proposal.answers.wat"));
  const std::string told = errors::ToProto(merged.status()).DebugString();
  for (const char* value : {"Geheim", "geheim", "Een huis", "Peeters"}) {
    EXPECT_THAT(told, Not(HasSubstr(value)));
  }
}

TEST(MergeTest, AConflictStaysSmall) {
  Touched touched = {{"title", 9}};
  v1::Proposal current = Current(), given;
  std::string title;
  for (int i = 0; i < 200; ++i) {
    title += "🏠";
  }
  current.set_title(title + "a");
  given.set_title(title + "b");
  for (int i = 0; i < 100; ++i) {
    const std::string id = absl::StrCat("vraag-", std::string(50, 'a'), "-", i);
    touched["answers." + id] = 9;
    given.add_answers()->set_question_id(id);
    given.mutable_answers(i)->set_text("x");
  }
  const auto merged = Merge(current, touched, {given, {"title", "answers"}, 3});
  EXPECT_THAT(merged, HasReason(v1::ERROR_REASON_EDIT_CONFLICT));
  EXPECT_THAT(merged, HasMetadata("field", "proposal.title")) << "before answers";
  EXPECT_THAT(merged, HasField("proposal.title"));
  EXPECT_LT(errors::ToProto(merged.status()).ByteSizeLong(), 4096u);
  const auto alone = Merge(current, touched, {given, {"title"}, 3});
  const auto info = errors::Info(alone.status());
  EXPECT_EQ(types::CodePoints(info.metadata().at("given")), 100);
  EXPECT_THAT(info.metadata(), Contains(Pair("field", "proposal.title")));
}

TEST(MergeTest, AllAnswersAreThoseGiven) {
  const auto merged = Try(R"(answers { question_id: "wie" text: "Wij" }
                             answers { question_id: "wat" text: "Een huis" })",
                          {"answers"}, 4);
  ASSERT_THAT(merged, IsOk()) << "what is given as it is conflicts with nothing";
  EXPECT_THAT(merged->changed, ElementsAre("answers.waar", "answers.wie"));
  ASSERT_EQ(merged->proposal.answers_size(), 2);
  EXPECT_EQ(merged->proposal.answers(0).question_id(), "wat");
  EXPECT_EQ(merged->proposal.answers(1).question_id(), "wie");
}

TEST(MergeTest, TrackAndLeadStay) {
  EXPECT_THAT(Try("track: \"calls/c/tracks/u\"", {"track"}, 5),
              HasMetadata("field", "proposal.track"));
  EXPECT_THAT(Try("lead: \"organisations/b\"", {"lead"}, 5),
              HasReason(v1::ERROR_REASON_FIELD_FROZEN));
  const auto same = Try("lead: \"organisations/a\"", {"lead"}, 1);
  ASSERT_THAT(same, IsOk());
  EXPECT_THAT(same->changed, IsEmpty());
}

}  // namespace
}  // namespace scharnier::proposals::rules
