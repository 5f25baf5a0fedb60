#include "services/proposals/rules/track.h"

#include <string>
#include <vector>

#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "scharnier/proposals/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/proposals/rules/rules_test.h"

namespace scharnier::proposals::rules {
namespace {

using testing::FromText;
using testing::HasMetadata;
using testing::HasReason;
using testing::IsOk;
using testing::IsOkAnd;

constexpr auto kInterest = v1::Milestone::GATE_INTEREST;
constexpr auto kProposal = v1::Milestone::GATE_PROPOSAL;

absl::Time At(const char* rfc3339) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, rfc3339, &time, &error)) << error;
  return time;
}

// The first moment too late of days on which, or after which, clocks or calendars jump.
TEST(JudgeTest, TurnsAtMidnightInBrusselsToTheMillisecond) {
  struct Case {
    int year, month, day;
    const char* closes;
  };
  for (const Case& c : std::vector<Case>{{2022, 3, 27, "2022-03-27T22:00:00Z"},
                                         {2022, 3, 26, "2022-03-26T23:00:00Z"},
                                         {2022, 10, 30, "2022-10-30T23:00:00Z"},
                                         {2022, 10, 29, "2022-10-29T22:00:00Z"},
                                         {2024, 2, 29, "2024-02-29T23:00:00Z"}}) {
    const std::string until = Until(c.year, c.month, c.day);
    const v1::Call hard = ACall(Gating("indienen", "GATE_PROPOSAL", until));
    v1::Call soft = hard;
    soft.mutable_milestones(0)->mutable_when()->mutable_deadline()->set_strictness(
        types::v1::STRICTNESS_SOFT);
    const absl::Time closes = At(c.closes);
    for (const auto& [time, late] :
         std::vector<std::pair<absl::Time, bool>>{{closes - absl::Milliseconds(1), false},
                                                  {closes, true},
                                                  {closes + absl::Milliseconds(1), true}}) {
      EXPECT_THAT(Judge(soft, soft.tracks(0), kProposal, time),
                  IsOkAnd(late ? Arrival::kLate : Arrival::kInTime))
          << time;
      const auto judged = Judge(hard, hard.tracks(0), kProposal, time);
      if (!late) {
        EXPECT_THAT(judged, IsOkAnd(Arrival::kInTime)) << time;
        continue;
      }
      EXPECT_THAT(judged, HasReason(v1::ERROR_REASON_GATE_CLOSED)) << time;
      EXPECT_THAT(judged, HasMetadata("call", "calls/c"));
      EXPECT_THAT(judged, HasMetadata("milestone", "indienen"));
      EXPECT_THAT(judged, HasMetadata("closed", c.closes));
    }
  }
}

TEST(JudgeTest, ATracksOwnMilestoneStandsInThePlaceOfTheCalls) {
  const v1::Call call = ACall(Gating("allen", "GATE_INTEREST", Until(2021, 4, 15)),
                              Gating("eigen", "GATE_INTEREST", Until(2021, 4, 30)));
  EXPECT_EQ(GateOf(call, call.tracks(0), kInterest)->id(), "eigen");
  EXPECT_THAT(Judge(call, call.tracks(0), kInterest, At("2021-04-20T12:00:00Z")), IsOk());
  v1::Track other = call.tracks(0);
  other.clear_milestones();
  EXPECT_THAT(Judge(call, other, kInterest, At("2021-04-20T12:00:00Z")),
              HasMetadata("milestone", "allen"));
}

TEST(JudgeTest, WithoutAMilestoneATrackIsOpenWhileItsCallIsPublic) {
  v1::Call call = ACall(Gating("fiche", "GATE_INTEREST", Until(2021, 4, 15)));
  EXPECT_EQ(GateOf(call, call.tracks(0), kProposal), nullptr);
  EXPECT_THAT(Judge(call, call.tracks(0), kProposal, At("2031-01-01T00:00:00Z")),
              IsOkAnd(Arrival::kInTime));
  call.set_state(v1::Call::STATE_DRAFT);
  const auto judged = Judge(call, call.tracks(0), kProposal, At("2021-01-01T00:00:00Z"));
  EXPECT_THAT(judged, HasReason(v1::ERROR_REASON_CALL_STATE));
  EXPECT_THAT(judged, HasMetadata("state", "DRAFT"));
}

TEST(FindTrackTest, ByItsName) {
  const v1::Call call = ACall();
  EXPECT_THAT(FindTrack(call, "calls/c/tracks/t"), IsOk());
  EXPECT_THAT(FindTrack(call, "calls/c/tracks/u"),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
}

TEST(CheckEligibleTest, TheTracksSetsElseTheCalls) {
  struct Case {
    const char* of_call;
    const char* of_track;
    const char* organisation;
    const char* rule;  // empty: can take part
  };
  for (const Case& c : std::vector<Case>{
           {"", "", "kind: KIND_OTHER", ""},
           {"kinds: KIND_FACILITY", "", "kind: KIND_FACILITY", ""},
           {"kinds: KIND_FACILITY", "", "kind: KIND_REFERRER", "kind"},
           {"kinds: KIND_FACILITY", "kinds: KIND_REFERRER", "kind: KIND_REFERRER", ""},
           {"kinds: KIND_FACILITY", "kinds: KIND_REFERRER", "kind: KIND_FACILITY", "kind"},
           {"regions: REGION_OVL", "", "regions: REGION_OVL regions: REGION_WVL", ""},
           {"regions: REGION_OVL", "", "regions: REGION_WVL", "region"},
           {"regions: REGION_OVL", "regions: REGION_WVL", "regions: REGION_WVL", ""},
           {"regions: REGION_OVL", "", "", "region"}}) {
    const v1::Call call = ACall(c.of_call, c.of_track);
    const auto organisation = FromText<organisations::v1::Organisation>(c.organisation);
    const absl::Status status = CheckEligible(call, call.tracks(0), organisation);
    if (std::string(c.rule).empty()) {
      EXPECT_THAT(status, IsOk()) << c.organisation;
    } else {
      EXPECT_THAT(status, HasReason(v1::ERROR_REASON_NOT_ELIGIBLE)) << c.organisation;
      EXPECT_THAT(status, HasMetadata("rule", c.rule));
    }
  }
}

}  // namespace
}  // namespace scharnier::proposals::rules
