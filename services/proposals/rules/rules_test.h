// File: rules_test.h
// What the tests of the rules share: a published call with one track, to which they add.

#ifndef SCHARNIER_SERVICES_PROPOSALS_RULES_RULES_TEST_H_
#define SCHARNIER_SERVICES_PROPOSALS_RULES_RULES_TEST_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "common/testing/text_proto.h"
#include "scharnier/proposals/v1/call.pb.h"
#include "services/proposals/rules/call.h"

namespace scharnier::proposals::rules {

// "deadline { … }" of a civil day.
inline std::string Until(int year, int month, int day, const std::string& strictness = "HARD",
                         const std::string& bound = "INCLUSIVE", const std::string& more = "") {
  return absl::StrCat("deadline { date { year: ", year, " month: ", month, " day: ", day,
                      " } strictness: STRICTNESS_", strictness, " bound: BOUND_", bound, " ", more,
                      " }");
}

// "milestones { … }" that gates, titled as its id.
inline std::string Gating(const std::string& id, const std::string& gate, const std::string& when) {
  return absl::StrCat("milestones { id: \"", id, "\" title { nl: \"", id, "\" } gate: ", gate,
                      " when { ", when, " } }");
}

// A published call with the track "calls/c/tracks/t"; what is given is merged in, in text format.
inline v1::Call ACall(const std::string& of_call = "", const std::string& of_track = "") {
  v1::Call call = testing::FromText<v1::Call>(R"pb(
    name: "calls/c"
    title { nl: "Reconversie" }
    goal { nl: "Zorg op maat" }
    launch { not_known {} }
    reference_prefix: "RECO22"
    contact_email: "oproep@example.org"
    state: STATE_PUBLISHED
    tracks {
      name: "calls/c/tracks/t"
      title { nl: "Gezinshuizen" }
    }
  )pb");
  call.MergeFrom(testing::FromText<v1::Call>(of_call));
  call.mutable_tracks(0)->MergeFrom(testing::FromText<v1::Track>(of_track));
  Complete(call);
  return call;
}

}  // namespace scharnier::proposals::rules

#endif  // SCHARNIER_SERVICES_PROPOSALS_RULES_RULES_TEST_H_
