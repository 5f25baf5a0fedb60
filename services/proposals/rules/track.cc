#include "services/proposals/rules/track.h"

#include <algorithm>

#include "common/errors/errors.h"
#include "common/types/deadline.h"
#include "common/types/error_words.h"
#include "scharnier/proposals/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::proposals::rules {
namespace {

using Enums = google::protobuf::RepeatedField<int>;
using Milestones = google::protobuf::RepeatedPtrField<v1::Milestone>;

const v1::Milestone* FindGate(const Milestones& milestones, v1::Milestone::Gate gate) {
  const auto found = std::find_if(milestones.begin(), milestones.end(),
                                  [&](const v1::Milestone& m) { return m.gate() == gate; });
  return found == milestones.end() ? nullptr : &*found;
}

bool Contains(const Enums& set, int value) {
  return std::find(set.begin(), set.end(), value) != set.end();
}

// The set that counts; empty: all.
const Enums& TracksElseCalls(const Enums& of_track, const Enums& of_call) {
  return of_track.empty() ? of_call : of_track;
}

errors::Builder NotEligible(const v1::Track& track,
                            const organisations::v1::Organisation& organisation, const char* rule,
                            const char* message) {
  return errors::Error(v1::ERROR_REASON_NOT_ELIGIBLE, message)
      .With("track", track.name())
      .With("organisation", organisation.name())
      .With("rule", rule)
      .Precondition("ELIGIBILITY", track.name(), message);
}

}  // namespace

absl::StatusOr<v1::Track> FindTrack(const v1::Call& call, const std::string& name) {
  for (const v1::Track& track : call.tracks()) {
    if (track.name() == name) {
      return track;
    }
  }
  return errors::Error(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND, "there is no such track")
      .With("name", name);
}

const v1::Milestone* GateOf(const v1::Call& call, const v1::Track& track,
                            v1::Milestone::Gate gate) {
  const v1::Milestone* own = FindGate(track.milestones(), gate);
  return own == nullptr ? FindGate(call.milestones(), gate) : own;
}

absl::StatusOr<Arrival> Judge(const v1::Call& call, const v1::Track& track,
                              v1::Milestone::Gate gate, absl::Time receive_time) {
  if (call.state() != v1::Call::STATE_PUBLISHED) {
    return CallState(call, "the call is not public yet");
  }
  const v1::Milestone* milestone = GateOf(call, track, gate);
  if (milestone == nullptr || !types::IsLate(milestone->when().deadline(), receive_time)) {
    return Arrival::kInTime;
  }
  const types::v1::Deadline& deadline = milestone->when().deadline();
  if (deadline.strictness() != types::v1::STRICTNESS_HARD) {
    return Arrival::kLate;
  }
  return errors::Error(v1::ERROR_REASON_GATE_CLOSED, "the deadline has passed")
      .With("call", call.name())
      .With("milestone", milestone->id())
      .With("closed", types::Rfc3339(types::ClosesBefore(deadline)))
      .Precondition("GATE", track.name(), "the deadline has passed");
}

absl::Status CheckEligible(const v1::Call& call, const v1::Track& track,
                           const organisations::v1::Organisation& organisation) {
  const Enums& kinds = TracksElseCalls(track.kinds(), call.kinds());
  if (!kinds.empty() && !Contains(kinds, organisation.kind())) {
    return NotEligible(track, organisation, "kind", "the track is for other kinds of organisation");
  }
  const Enums& regions = TracksElseCalls(track.regions(), call.regions());
  if (!regions.empty() && std::none_of(organisation.regions().begin(), organisation.regions().end(),
                                       [&](int region) { return Contains(regions, region); })) {
    return NotEligible(track, organisation, "region", "the track is for other regions");
  }
  return absl::OkStatus();
}

absl::Status CallState(const v1::Call& call, absl::string_view message) {
  return errors::Error(v1::ERROR_REASON_CALL_STATE, message)
      .With("call", call.name())
      .With("state", types::StateName(call.state()))
      .Precondition("STATE", call.name(), message);
}

}  // namespace scharnier::proposals::rules
