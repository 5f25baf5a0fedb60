// File: track.h
// What a track, and the call it belongs to, lets in: until when, and from whom.

#ifndef SCHARNIER_SERVICES_PROPOSALS_RULES_TRACK_H_
#define SCHARNIER_SERVICES_PROPOSALS_RULES_TRACK_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "scharnier/organisations/v1/organisation.pb.h"
#include "scharnier/proposals/v1/call.pb.h"

namespace scharnier::proposals::rules {

// The call's track of that name. Errors: NOT_FOUND RESOURCE_NOT_FOUND.
absl::StatusOr<v1::Track> FindTrack(const v1::Call& call, const std::string& name);

// The milestone that gates a track: its own, else the call's; null where nothing does.
const v1::Milestone* GateOf(const v1::Call& call, const v1::Track& track, v1::Milestone::Gate gate);

// Whether something that came in time, or after a soft deadline.
enum class Arrival { kInTime, kLate };
// Judges by the instant of receipt. Without a milestone a track is open while its call is
// published. Errors: FAILED_PRECONDITION CALL_STATE; GATE_CLOSED after a hard deadline.
absl::StatusOr<Arrival> Judge(const v1::Call& call, const v1::Track& track,
                              v1::Milestone::Gate gate, absl::Time receive_time);

// Whether an organisation can take part, by kind and regions: those of the track, else of the call.
// Errors: FAILED_PRECONDITION NOT_ELIGIBLE.
absl::Status CheckEligible(const v1::Call& call, const v1::Track& track,
                           const organisations::v1::Organisation& organisation);

// CALL_STATE for this call.
absl::Status CallState(const v1::Call& call, absl::string_view message);

}  // namespace scharnier::proposals::rules

#endif  // SCHARNIER_SERVICES_PROPOSALS_RULES_TRACK_H_
