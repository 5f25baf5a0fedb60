#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "scharnier/proposals/v1/error_reason.pb.h"
#include "services/proposals/rules/call.h"
#include "services/proposals/rules/diff.h"
#include "services/proposals/rules/rules_test.h"

namespace scharnier::proposals::rules {
namespace {

using ::testing::ElementsAre;
using testing::HasMetadata;
using testing::HasReason;
using testing::IsOk;

const char kSoft[] = "SOFT";

types::v1::Text Reason() {
  types::v1::Text reason;
  reason.set_nl("Op vraag van velen");
  return reason;
}

absl::StatusOr<v1::Call> Amended(const v1::Call& before, const v1::Call& after) {
  return Amend(before, after, Reason(), absl::FromUnixSeconds(1617282000));
}

std::string Interest(const std::string& when) { return Gating("goesting", "GATE_INTEREST", when); }

TEST(AmendTest, WhatAHardDeadlineMayBecome) {
  struct Case {
    std::string before, after;
    bool allowed;
  };
  const std::string hard = Until(2021, 4, 15);
  for (const Case& c : std::vector<Case>{
           {hard, Until(2021, 4, 30), true},
           {hard, Until(2021, 4, 14), false},
           {hard, Until(2021, 4, 15, kSoft), true},
           {hard, Until(2021, 4, 30, kSoft), true},
           {hard, Until(2021, 4, 14, kSoft), false},
           {hard, Until(2021, 4, 16, "HARD", "EXCLUSIVE"), true},  // the same instant
           {hard, Until(2021, 4, 15, "HARD", "EXCLUSIVE"), false},
           {hard, Until(2021, 4, 15, "HARD", "INCLUSIVE", "time { hours: 12 }"), false},
           {Until(2021, 4, 15, kSoft), Until(2021, 4, 10, kSoft), true}}) {
    for (const bool of_track : {false, true}) {
      const auto call = [&](const std::string& when) {
        return of_track ? ACall("", Interest(when)) : ACall(Interest(when));
      };
      const auto amended = Amended(call(c.before), call(c.after));
      if (c.allowed) {
        EXPECT_THAT(amended, IsOk()) << c.after;
      } else {
        EXPECT_THAT(amended, HasReason(v1::ERROR_REASON_HARD_DEADLINE_EARLIER)) << c.after;
        EXPECT_THAT(amended, HasMetadata("milestone", "goesting"));
        EXPECT_THAT(amended, HasMetadata("closes", "2021-04-15T22:00:00Z"));
      }
    }
  }
}

TEST(AmendTest, AHardDeadlineThatGatesNothingMovesLaterToo) {
  const auto call = [](const std::string& when) {
    return ACall(Gating("lezen", "GATE_NOTHING", when));
  };
  EXPECT_THAT(Amended(call(Until(2021, 4, 15)), call(Until(2021, 4, 1))),
              HasReason(v1::ERROR_REASON_HARD_DEADLINE_EARLIER));
  EXPECT_THAT(Amended(call(Until(2021, 4, 15)), call("not_known {}")),
              HasReason(v1::ERROR_REASON_HARD_DEADLINE_EARLIER));
  EXPECT_THAT(Amended(call(Until(2021, 4, 15)), ACall()), IsOk());
}

TEST(AmendTest, ASoftDeadlineStaysSoft) {
  // Else a hard one would move forward in two amendments: hard, soft, earlier and hard.
  for (const char* gate : {"GATE_INTEREST", "GATE_NOTHING"}) {
    const v1::Call before = ACall(Gating("goesting", gate, Until(2021, 4, 15, kSoft)));
    for (const int day : {10, 15, 30}) {
      const auto amended = Amended(before, ACall(Gating("goesting", gate, Until(2021, 4, day))));
      EXPECT_THAT(amended, HasReason(v1::ERROR_REASON_HARD_DEADLINE_EARLIER)) << gate << day;
      EXPECT_THAT(amended, HasMetadata("milestone", "goesting"));
    }
  }
  const std::string of_call = Interest(Until(2021, 4, 15, kSoft));
  const auto with_own = [&](const std::string& when) {
    return ACall(of_call, Gating("eigen", "GATE_INTEREST", when));
  };
  EXPECT_THAT(Amended(ACall(of_call), with_own(Until(2021, 4, 30))),
              HasReason(v1::ERROR_REASON_HARD_DEADLINE_EARLIER));
  EXPECT_THAT(Amended(ACall(of_call), with_own(Until(2021, 4, 30, kSoft))), IsOk());
}

TEST(AmendTest, ANewHardGateClosesAfterTheAmendment) {
  struct Case {
    std::string gate, when;
    bool allowed;
  };
  // Now is 1 April 2021, 15.00 in Brussels.
  for (const Case& c : std::vector<Case>{
           {"GATE_PROPOSAL", Until(2021, 4, 1), true},
           {"GATE_PROPOSAL", Until(2021, 3, 31), false},
           {"GATE_PROPOSAL", Until(2021, 4, 1, "HARD", "EXCLUSIVE", "time { hours: 15 }"), false},
           {"GATE_REPORT", Until(2021, 3, 31), false},
           {"GATE_PROPOSAL", Until(2021, 3, 31, kSoft), true},
           {"GATE_NOTHING", Until(2021, 3, 31), true}}) {
    const std::string added = Gating("nieuw", c.gate, c.when);
    const std::string informs = Gating("nieuw", "GATE_NOTHING", "not_known {}");
    for (const auto& [before, after] : std::vector<std::pair<v1::Call, v1::Call>>{
             {ACall(), ACall(added)},
             {ACall(), ACall("", added)},
             {ACall(informs), ACall(added)},
             {ACall(), ACall("tracks { name: \"calls/c/tracks/u\" " + added + " }")}}) {
      const auto amended = Amended(before, after);
      if (c.allowed) {
        EXPECT_THAT(amended, IsOk()) << added;
      } else {
        EXPECT_THAT(amended, HasReason(v1::ERROR_REASON_HARD_DEADLINE_EARLIER)) << added;
        EXPECT_THAT(amended, HasMetadata("milestone", "nieuw"));
      }
    }
  }
}

TEST(AmendTest, ATracksNewMilestoneDoesNotCloseItEarlier) {
  const v1::Call before = ACall(Interest(Until(2021, 4, 15)));
  const auto with_own = [](const std::string& when) {
    return ACall(Interest(Until(2021, 4, 15)), Gating("eigen", "GATE_INTEREST", when));
  };
  EXPECT_THAT(Amended(before, with_own(Until(2021, 4, 30))), IsOk());
  const auto earlier = Amended(before, with_own(Until(2021, 4, 1)));
  EXPECT_THAT(earlier, HasReason(v1::ERROR_REASON_HARD_DEADLINE_EARLIER));
  EXPECT_THAT(earlier, HasMetadata("milestone", "goesting"));
}

TEST(AmendTest, WhatGatesStays) {
  const v1::Call before = ACall(Interest(Until(2021, 4, 15)));
  const auto removed = Amended(before, ACall());
  EXPECT_THAT(removed, HasReason(v1::ERROR_REASON_GATE_LEFT_OUT));
  EXPECT_THAT(removed, HasMetadata("milestone", "goesting"));
  EXPECT_THAT(Amended(before, ACall(Gating("goesting", "GATE_NOTHING", Until(2021, 4, 15)))),
              HasReason(v1::ERROR_REASON_GATE_LEFT_OUT));
  EXPECT_THAT(Amended(ACall("", Interest(Until(2021, 4, 15))), ACall()),
              HasReason(v1::ERROR_REASON_GATE_LEFT_OUT));
}

TEST(AmendTest, WhatIsFrozen) {
  const v1::Call before = ACall();
  v1::Call prefix = before;
  prefix.set_reference_prefix("RECO23");
  EXPECT_THAT(Amended(before, prefix), HasReason(v1::ERROR_REASON_FIELD_FROZEN));
  EXPECT_THAT(Amended(before, prefix), HasMetadata("field", "call.reference_prefix"));
  v1::Call idea = before;
  idea.mutable_tracks(0)->mutable_idea_form()->add_sections();
  EXPECT_THAT(Amended(before, idea), HasMetadata("field", "call.tracks[0].idea_form"));
  v1::Call proposal = before;
  proposal.mutable_tracks(0)->mutable_proposal_form()->add_sections();
  EXPECT_THAT(Amended(before, proposal), HasMetadata("field", "call.tracks[0].proposal_form"));
  v1::Call trackless = before;
  trackless.clear_tracks();
  EXPECT_THAT(Amended(before, trackless), HasReason(v1::ERROR_REASON_TRACK_LEFT_OUT));
  v1::Call draft = before;
  draft.set_state(v1::Call::STATE_DRAFT);
  EXPECT_THAT(MayAmend(draft), HasReason(v1::ERROR_REASON_CALL_STATE));
  EXPECT_THAT(MayAmend(before), IsOk());
}

TEST(AmendTest, EligibilityIsOfTheCallAndOfEachTrack) {
  const v1::Call before =
      ACall("regions: [ REGION_ANT, REGION_OVL ] kinds: KIND_FACILITY", "regions: REGION_ANT");
  v1::Call same = before;
  same.mutable_regions()->SwapElements(0, 1);
  same.add_tracks()->add_regions(types::v1::REGION_LIM);
  EXPECT_THAT(CheckSameEligibility(before, same), IsOk());
  const std::vector<std::pair<const char*, std::function<void(v1::Call&)>>> changes = {
      {"call.regions", [](v1::Call& call) { call.clear_regions(); }},
      {"call.kinds",
       [](v1::Call& call) { call.add_kinds(organisations::v1::Organisation::KIND_REFERRER); }},
      {"call.tracks[0].regions", [](v1::Call& call) { call.mutable_tracks(0)->clear_regions(); }},
      {"call.tracks[0].kinds", [](v1::Call& call) {
         call.mutable_tracks(0)->add_kinds(organisations::v1::Organisation::KIND_FACILITY);
       }}};
  for (const auto& [field, change] : changes) {
    v1::Call after = before;
    change(after);
    EXPECT_THAT(CheckSameEligibility(before, after), HasReason(v1::ERROR_REASON_FIELD_FROZEN));
    EXPECT_THAT(CheckSameEligibility(before, after), HasMetadata("field", field));
  }
}

TEST(AmendTest, KeepsEachAmendment) {
  const v1::Call first = ACall(Interest(Until(2021, 4, 15)));
  const auto second = Amended(first, ACall(Interest(Until(2021, 4, 30))));
  ASSERT_THAT(second, IsOk());
  ASSERT_EQ(second->amendments_size(), 1);
  EXPECT_EQ(second->amendments(0).number(), 1);
  EXPECT_EQ(second->amendments(0).reason().nl(), "Op vraag van velen");
  EXPECT_EQ(second->amendments(0).amend_time().seconds(), 1617282000);
  EXPECT_THAT(second->amendments(0).diff(),
              ElementsAre("Termijn \"goesting\": was tot en met donderdag 15 april 2021, wordt tot "
                          "en met vrijdag 30 april 2021"));
  v1::Call later = *second;
  later.mutable_title()->set_nl("Reconversie in de jeugdhulp");
  const auto third = Amended(*second, later);
  ASSERT_THAT(third, IsOk());
  EXPECT_EQ(third->amendments(1).number(), 2);
  EXPECT_THAT(third->amendments(1).diff(),
              ElementsAre("Titel: was \"Reconversie\", wordt \"Reconversie in de jeugdhulp\""));
}

TEST(DiffInDutchTest, SaysWhatPeopleHaveToKnow) {
  const v1::Call before =
      ACall("regions: REGION_ANT documents { title { nl: \"De oproep\" } } " +
                Gating("fiche", "GATE_INTEREST", Until(2022, 3, 15, "HARD", "EXCLUSIVE")) +
                Gating("weg", "GATE_NOTHING", "not_known {}"),
            Gating("dag", "GATE_NOTHING", Until(2022, 5, 9)));
  v1::Call after = before;
  after.mutable_goal()->set_nl(std::string(201, 'a'));
  after.add_regions(types::v1::REGION_OVL);
  after.add_regions(types::v1::REGION_BRU);
  after.add_kinds(organisations::v1::Organisation::KIND_FACILITY);
  after.set_contact_email("vragen@example.org");
  after.mutable_documents(0)->mutable_title()->set_nl("Het schrijven");
  v1::Milestone& fiche = *after.mutable_milestones(0);
  fiche.mutable_title()->set_nl("Fiche");
  fiche.mutable_when()->mutable_deadline()->set_strictness(types::v1::STRICTNESS_SOFT);
  after.mutable_milestones()->RemoveLast();
  *after.add_milestones() = testing::FromText<v1::Milestone>(
      "id: \"slot\" title { nl: \"Slot\" } gate: GATE_REPORT when { " + Until(2023, 9, 15) + " }");
  v1::Track& track = *after.mutable_tracks(0);
  track.mutable_title()->set_nl("Gezinshuizen en meer");
  track.add_regions(types::v1::REGION_LIM);
  track.mutable_aim()->set_nl("Thuis");
  track.mutable_milestones(0)->set_gate(v1::Milestone::GATE_PROPOSAL);
  after.add_tracks()->mutable_title()->set_nl("VIA-6");
  EXPECT_THAT(
      DiffInDutch(before, after),
      ElementsAre("Doel: de tekst is gewijzigd",
                  "Regio's: was Antwerpen, wordt Antwerpen, Oost-Vlaanderen en Brussel",
                  "Organisaties: was alle, wordt voorzieningen",
                  "Contactadres: was oproep@example.org, wordt vragen@example.org",
                  "Document \"De oproep\": geschrapt", "Document \"Het schrijven\": toegevoegd",
                  "Termijn \"fiche\": heet voortaan \"Fiche\"",
                  "Termijn \"fiche\": is voortaan richtinggevend", "Termijn \"weg\": geschrapt",
                  "Termijn \"Slot\": toegevoegd, tot en met vrijdag 15 september 2023, bindend, "
                  "voor het indienen van rapporten",
                  "Spoor \"Gezinshuizen\": heet voortaan \"Gezinshuizen en meer\"",
                  "Spoor \"Gezinshuizen\", doel: was leeg, wordt \"Thuis\"",
                  "Spoor \"Gezinshuizen\", regio's: was die van de oproep, wordt Limburg",
                  "Spoor \"Gezinshuizen\", termijn \"dag\": is voortaan de termijn voor het "
                  "indienen van voorstellen",
                  "Spoor \"VIA-6\": toegevoegd"));
}

TEST(DiffInDutchTest, SaysOfWhatIsAddedWhatItMeans) {
  const v1::Call before = ACall();
  v1::Call after =
      ACall(Gating("fiche", "GATE_INTEREST", Until(2022, 3, 15, kSoft)) +
            Gating("dag", "GATE_NOTHING", "not_known {}") +
            "tracks { name: \"calls/c/tracks/u\" title { nl: \"VIA-6\" } aim { nl: \"Thuis\" } " +
            "regions: REGION_LIM kinds: KIND_FACILITY " +
            Gating("indienen", "GATE_PROPOSAL", Until(2022, 9, 9)) + " }");
  EXPECT_THAT(
      DiffInDutch(before, after),
      ElementsAre(
          "Termijn \"fiche\": toegevoegd, tot en met dinsdag 15 maart 2022, "
          "richtinggevend, voor het indienen van ideeën",
          "Termijn \"dag\": toegevoegd, nog niet bekend", "Spoor \"VIA-6\": toegevoegd",
          "Spoor \"VIA-6\", doel: was leeg, wordt \"Thuis\"",
          "Spoor \"VIA-6\", regio's: was die van de oproep, wordt Limburg",
          "Spoor \"VIA-6\", organisaties: was die van de oproep, wordt voorzieningen",
          "Spoor \"VIA-6\", termijn \"indienen\": toegevoegd, tot en met vrijdag 9 september "
          "2022, bindend, voor het indienen van voorstellen"));
}

TEST(DiffInDutchTest, SaysWhetherADeadlineThatGetsItsDayBinds) {
  const auto call = [](const std::string& when) {
    return ACall(Gating("dag", "GATE_NOTHING", when));
  };
  EXPECT_THAT(DiffInDutch(call("not_known {}"), call(Until(2022, 3, 15))),
              ElementsAre("Termijn \"dag\": was nog niet bekend, wordt tot en met dinsdag 15 maart "
                          "2022",
                          "Termijn \"dag\": is voortaan bindend"));
}

TEST(DiffInDutchTest, AlwaysSaysSomethingAndSaysItAll) {
  const v1::Call before =
      ACall("documents { title { nl: \"De oproep\" } } documents { title { nl: \"Vragen\" } } " +
            Gating("een", "GATE_NOTHING", "not_known {}") +
            Gating("twee", "GATE_NOTHING", "not_known {}"));
  const char general[] = "Bewoordingen, vertalingen of volgorde: gewijzigd";
  for (const std::function<void(v1::Call&)>& unnamed : std::vector<std::function<void(v1::Call&)>>{
           [](v1::Call& call) { call.mutable_title()->set_fr("Reconversion"); },
           [](v1::Call& call) { call.mutable_documents()->SwapElements(0, 1); },
           [](v1::Call& call) { call.mutable_milestones()->SwapElements(0, 1); },
           [](v1::Call& call) { call.mutable_milestones(0)->mutable_when()->set_words("Later"); },
           [](v1::Call& call) { call.mutable_tracks(0)->mutable_title()->set_en("Homes"); }}) {
    v1::Call after = before;
    unnamed(after);
    EXPECT_THAT(DiffInDutch(before, after), ElementsAre(general));
    after.mutable_goal()->set_nl("Zorg");
    EXPECT_THAT(DiffInDutch(before, after),
                ElementsAre("Doel: was \"Zorg op maat\", wordt \"Zorg\"", general));
  }
  v1::Call renamed = before;
  renamed.mutable_documents(0)->mutable_title()->set_nl("Het schrijven");
  renamed.mutable_milestones()->DeleteSubrange(0, 1);
  EXPECT_THAT(DiffInDutch(before, renamed),
              ElementsAre("Document \"De oproep\": geschrapt",
                          "Document \"Het schrijven\": toegevoegd", "Termijn \"een\": geschrapt"))
      << "what was told is not told again";
}

}  // namespace
}  // namespace scharnier::proposals::rules
