#include "services/proposals/rules/call.h"

#include <string>
#include <vector>

#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "scharnier/proposals/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/proposals/rules/rules_test.h"

namespace scharnier::proposals::rules {
namespace {

using testing::HasField;
using testing::HasReason;
using testing::IsOk;

constexpr auto kMissing = types::v1::ERROR_REASON_FIELD_MISSING;
constexpr auto kInvalid = types::v1::ERROR_REASON_FIELD_INVALID;
const char kMonth[] = "period { from { date { year: 2021 month: 5 } precision: PRECISION_MONTH } }";

TEST(CheckCallTest, AcceptsWhatIsKnownSoFar) {
  EXPECT_THAT(CheckCall(ACall()), IsOk());
  EXPECT_THAT(CheckCall(ACall(Gating("beslissing", "GATE_NOTHING", kMonth))), IsOk());
  EXPECT_THAT(CheckCall(ACall(Gating("allen", "GATE_INTEREST", Until(2021, 4, 15)),
                              Gating("eigen", "GATE_INTEREST", Until(2021, 4, 30)))),
              IsOk())
      << "a track's own stands in the place of the call's";
  EXPECT_THAT(CheckCall(ACall(Gating("opzet", "GATE_REPORT", Until(2021, 9, 17)) +
                              Gating("slot", "GATE_REPORT", Until(2023, 9, 15)))),
              IsOk());
}

TEST(CheckCallTest, SaysWhichFieldIsWrong) {
  struct Case {
    v1::Call call;
    types::v1::ErrorReason reason;
    const char* field;
  };
  const std::string interest = Gating("goesting", "GATE_INTEREST", Until(2021, 4, 15));
  const std::string again = Gating("nogmaals", "GATE_INTEREST", Until(2021, 4, 16));
  const char question[] = "questions { id: \"waarom\" title { nl: \"Waarom?\" } text {} }";
  v1::Call no_kind = ACall("", absl::StrCat("proposal_form { sections { ", question, " } }"));
  no_kind.mutable_tracks(0)
      ->mutable_proposal_form()
      ->mutable_sections(0)
      ->mutable_questions(0)
      ->clear_kind();
  v1::Call undated = ACall();
  undated.mutable_launch()->clear_kind();
  for (const Case& c : std::vector<Case>{
           {undated, kMissing, "call.launch"},
           {ACall("regions: REGION_ANT regions: REGION_ANT"), kInvalid, "call.regions"},
           {ACall("", "kinds: KIND_AGENCY kinds: KIND_AGENCY"), kInvalid, "call.tracks[0].kinds"},
           {ACall(Gating("b", "GATE_REPORT", kMonth)), kInvalid, "call.milestones[0].when"},
           {ACall(Gating("b", "GATE_PROPOSAL", "not_known {}")), kInvalid,
            "call.milestones[0].when"},
           {ACall(interest + again), kInvalid, "call.milestones[1].gate"},
           {ACall("", interest + again), kInvalid, "call.tracks[0].milestones[1].gate"},
           {ACall(interest, interest), kInvalid, "call.tracks[0].milestones[0].id"},
           {ACall("", absl::StrCat("idea_form { sections { ", question, question, " } }")),
            kInvalid, "call.tracks[0].idea_form.sections[0].questions[1].id"},
           {no_kind, kMissing, "call.tracks[0].proposal_form.sections[0].questions[0]"}}) {
    const absl::Status status = CheckCall(c.call);
    EXPECT_THAT(status, HasReason(c.reason));
    EXPECT_THAT(status, HasField(c.field));
  }
}

TEST(CheckCallTest, APrefixIsShortAndUpperCase) {
  for (const char* prefix : {"RECO22", "IW", "A2345678"}) {
    EXPECT_THAT(CheckCall(ACall("reference_prefix: \"" + std::string(prefix) + "\"")), IsOk());
  }
  for (const char* prefix : {"R", "reco22", "22RECO", "RE-22", "RÉCO"}) {
    EXPECT_THAT(CheckCall(ACall("reference_prefix: \"" + std::string(prefix) + "\"")),
                HasField("call.reference_prefix"))
        << prefix;
  }
}

TEST(CheckTrackNamesTest, TracksOfTheCallEachOnceAndNewOnes) {
  const v1::Call before = ACall();
  v1::Call after = before;
  after.add_tracks();
  EXPECT_THAT(CheckTrackNames(before, after), IsOk());
  after.mutable_tracks(1)->set_name("calls/c/tracks/t");
  EXPECT_THAT(CheckTrackNames(before, after), HasField("call.tracks[1].name"));
  after.mutable_tracks(1)->set_name("calls/other/tracks/t");
  EXPECT_THAT(CheckTrackNames(before, after), HasField("call.tracks[1].name"));
}

TEST(PublishTest, ADraftOnce) {
  v1::Call draft = ACall();
  draft.set_state(v1::Call::STATE_DRAFT);
  EXPECT_THAT(MayUpdate(draft), IsOk());
  const auto published = Publish(draft, absl::FromUnixSeconds(1639990800));
  ASSERT_THAT(published, IsOk());
  EXPECT_EQ(published->state(), v1::Call::STATE_PUBLISHED);
  EXPECT_EQ(published->publish_time().seconds(), 1639990800);
  EXPECT_THAT(Publish(*published, absl::Now()), HasReason(v1::ERROR_REASON_CALL_STATE));
  EXPECT_THAT(MayUpdate(*published), HasReason(v1::ERROR_REASON_CALL_STATE));
}

TEST(CompleteTest, PrintsEveryWhen) {
  const v1::Call call =
      ACall(Gating("a", "GATE_PROPOSAL", Until(2022, 9, 9)), Gating("b", "GATE_NOTHING", kMonth));
  EXPECT_EQ(call.launch().display(), "nog niet bekend");
  EXPECT_EQ(call.milestones(0).when().display(), "tot en met vrijdag 9 september 2022");
  EXPECT_EQ(call.milestones(0).when().deadline().closes_before().seconds(), 1662760800);
  EXPECT_EQ(call.tracks(0).milestones(0).when().display(), "vanaf mei 2021");
}

}  // namespace
}  // namespace scharnier::proposals::rules
