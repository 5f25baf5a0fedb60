#include "services/proposals/rules/call.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/errors/macros.h"
#include "common/types/form.h"
#include "common/types/timestamp.h"
#include "common/types/violations.h"
#include "common/types/when.h"
#include "services/proposals/rules/track.h"

namespace scharnier::proposals::rules {
namespace {

using Milestones = google::protobuf::RepeatedPtrField<v1::Milestone>;

constexpr size_t kShortestPrefix = 2;

absl::Status CheckPrefix(const std::string& prefix) {
  const bool fits = prefix.size() >= kShortestPrefix &&
                    absl::ascii_isupper(static_cast<unsigned char>(prefix[0])) &&
                    std::all_of(prefix.begin(), prefix.end(), [](unsigned char c) {
                      return absl::ascii_isupper(c) || absl::ascii_isdigit(c);
                    });
  return fits ? absl::OkStatus()
              : types::FieldInvalid("call.reference_prefix", "A-Z and 0-9 after a letter, 2 to 8");
}

absl::Status CheckOnce(const google::protobuf::RepeatedField<int>& set, const std::string& field) {
  const std::set<int> distinct(set.begin(), set.end());
  return static_cast<int>(distinct.size()) == set.size()
             ? absl::OkStatus()
             : types::FieldInvalid(field, "give each value once");
}

// `ids` are those of the call so far.
absl::Status CheckMilestones(const Milestones& milestones, const std::string& field,
                             std::set<std::string>& ids) {
  std::set<int> gates;
  for (int i = 0; i < milestones.size(); ++i) {
    const v1::Milestone& milestone = milestones[i];
    const std::string path = absl::StrCat(field, "[", i, "]");
    if (!ids.insert(milestone.id()).second) {
      return types::FieldInvalid(absl::StrCat(path, ".id"),
                                 "an earlier milestone of the call has this id");
    }
    RETURN_IF_ERROR(types::CheckWhen(milestone.when(), absl::StrCat(path, ".when")));
    if (milestone.gate() != v1::Milestone::GATE_NOTHING && !milestone.when().has_deadline()) {
      return types::FieldInvalid(absl::StrCat(path, ".when"), "what gates anything is a deadline");
    }
    const bool one_alone = milestone.gate() == v1::Milestone::GATE_INTEREST ||
                           milestone.gate() == v1::Milestone::GATE_PROPOSAL;
    if (one_alone && !gates.insert(milestone.gate()).second) {
      return types::FieldInvalid(absl::StrCat(path, ".gate"),
                                 "an earlier milestone gates the same");
    }
  }
  return absl::OkStatus();
}

void Complete(Milestones& milestones) {
  for (v1::Milestone& milestone : milestones) {
    types::Complete(*milestone.mutable_when());
  }
}

}  // namespace

absl::Status CheckCall(const v1::Call& call) {
  RETURN_IF_ERROR(CheckPrefix(call.reference_prefix()));
  RETURN_IF_ERROR(types::CheckWhen(call.launch(), "call.launch"));
  RETURN_IF_ERROR(CheckOnce(call.regions(), "call.regions"));
  RETURN_IF_ERROR(CheckOnce(call.kinds(), "call.kinds"));
  std::set<std::string> ids;
  RETURN_IF_ERROR(CheckMilestones(call.milestones(), "call.milestones", ids));
  for (int i = 0; i < call.tracks_size(); ++i) {
    const v1::Track& track = call.tracks(i);
    const std::string path = absl::StrCat("call.tracks[", i, "]");
    RETURN_IF_ERROR(CheckOnce(track.regions(), absl::StrCat(path, ".regions")));
    RETURN_IF_ERROR(CheckOnce(track.kinds(), absl::StrCat(path, ".kinds")));
    RETURN_IF_ERROR(types::CheckForm(track.idea_form(), absl::StrCat(path, ".idea_form")));
    RETURN_IF_ERROR(types::CheckForm(track.proposal_form(), absl::StrCat(path, ".proposal_form")));
    RETURN_IF_ERROR(CheckMilestones(track.milestones(), absl::StrCat(path, ".milestones"), ids));
  }
  return absl::OkStatus();
}

absl::Status CheckTrackNames(const v1::Call& before, const v1::Call& after) {
  std::set<std::string> known;
  for (const v1::Track& track : before.tracks()) {
    known.insert(track.name());
  }
  for (int i = 0; i < after.tracks_size(); ++i) {
    const std::string& name = after.tracks(i).name();
    if (!name.empty() && known.erase(name) == 0) {
      return types::FieldInvalid(absl::StrCat("call.tracks[", i, "].name"),
                                 "a track of this call, each once; none for a new one");
    }
  }
  return absl::OkStatus();
}

void Complete(v1::Call& call) {
  types::Complete(*call.mutable_launch());
  Complete(*call.mutable_milestones());
  for (v1::Track& track : *call.mutable_tracks()) {
    Complete(*track.mutable_milestones());
  }
}

absl::StatusOr<v1::Call> Publish(v1::Call draft, absl::Time now) {
  if (draft.state() != v1::Call::STATE_DRAFT) {
    return CallState(draft, "only a draft can be published");
  }
  draft.set_state(v1::Call::STATE_PUBLISHED);
  *draft.mutable_publish_time() = types::ToProto(now);
  return draft;
}

absl::Status MayUpdate(const v1::Call& before) {
  return before.state() == v1::Call::STATE_DRAFT
             ? absl::OkStatus()
             : CallState(before, "a published call changes by amendments");
}

}  // namespace scharnier::proposals::rules
