// How a published call may change.

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/types/deadline.h"
#include "common/types/error_words.h"
#include "common/types/timestamp.h"
#include "google/protobuf/util/message_differencer.h"
#include "scharnier/proposals/v1/error_reason.pb.h"
#include "services/proposals/rules/call.h"
#include "services/proposals/rules/diff.h"
#include "services/proposals/rules/track.h"

namespace scharnier::proposals::rules {
namespace {

using google::protobuf::util::MessageDifferencer;
using Milestones = google::protobuf::RepeatedPtrField<v1::Milestone>;

template <class Element, class Same>
const Element* Find(const google::protobuf::RepeatedPtrField<Element>& list, Same same) {
  const auto found = std::find_if(list.begin(), list.end(), same);
  return found == list.end() ? nullptr : &*found;
}

absl::Status Frozen(const v1::Call& call, const std::string& path) {
  return errors::Error(v1::ERROR_REASON_FIELD_FROZEN, "the field cannot be changed any more")
      .With("resource", call.name())
      .With("field", path)
      .Precondition("FROZEN", call.name(), absl::StrCat(path, " is fixed"));
}

bool IsHard(const v1::Milestone& milestone) {
  return milestone.when().deadline().strictness() == types::v1::STRICTNESS_HARD;
}

bool Gates(const v1::Milestone& milestone) {
  return milestone.gate() != v1::Milestone::GATE_NOTHING;
}

errors::Builder Earlier(const v1::Call& call, const v1::Milestone& milestone,
                        const char* description) {
  return errors::Error(v1::ERROR_REASON_HARD_DEADLINE_EARLIER,
                       "what was published closes no earlier than people count on")
      .With("call", call.name())
      .With("milestone", milestone.id())
      .Precondition("DEADLINE", call.name(), description);
}

// Whether a hard deadline closes no earlier than it did, and a soft one stays soft: else a hard one
// would move forward by way of a soft one. `after` stands in the place of `before`.
absl::Status CheckNoEarlier(const v1::Call& call, const v1::Milestone& before,
                            const v1::Milestone& after) {
  if (!before.when().has_deadline()) {
    return absl::OkStatus();
  }
  if (!IsHard(before)) {
    return IsHard(after) ? Earlier(call, before, "a soft deadline that was published stays soft")
                         : absl::OkStatus();
  }
  const absl::Time closes = types::ClosesBefore(before.when().deadline());
  if (after.when().has_deadline() && types::ClosesBefore(after.when().deadline()) >= closes) {
    return absl::OkStatus();
  }
  return Earlier(call, before, "a hard deadline only moves later, or becomes soft")
      .With("closes", types::Rfc3339(closes));
}

// Whether what gated nothing before, or was not there, closes after now if it is hard.
absl::Status CheckNewGates(const v1::Call& call, const Milestones& before, const Milestones& after,
                           absl::Time now) {
  for (const v1::Milestone& is : after) {
    const v1::Milestone* was =
        Find(before, [&](const v1::Milestone& m) { return m.id() == is.id(); });
    const bool is_new = was == nullptr || !Gates(*was);
    if (is_new && Gates(is) && IsHard(is) && types::IsLate(is.when().deadline(), now)) {
      return Earlier(call, is, "a new hard gate closes after the amendment");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckMilestones(const v1::Call& call, const Milestones& before,
                             const Milestones& after, absl::Time now) {
  for (const v1::Milestone& was : before) {
    const v1::Milestone* is =
        Find(after, [&](const v1::Milestone& m) { return m.id() == was.id(); });
    if (Gates(was) && (is == nullptr || is->gate() != was.gate())) {
      return errors::Error(v1::ERROR_REASON_GATE_LEFT_OUT, "a milestone that gates anything stays")
          .With("call", call.name())
          .With("milestone", was.id())
          .Precondition("GATE", call.name(), "keep the milestone and its gate");
    }
    if (is != nullptr) {
      RETURN_IF_ERROR(CheckNoEarlier(call, was, *is));
    }
  }
  return CheckNewGates(call, before, after, now);
}

absl::Status CheckForms(const v1::Call& call, const v1::Track& before, const v1::Track& after,
                        const std::string& path) {
  if (!MessageDifferencer::Equals(before.idea_form(), after.idea_form())) {
    return Frozen(call, absl::StrCat(path, ".idea_form"));
  }
  if (!MessageDifferencer::Equals(before.proposal_form(), after.proposal_form())) {
    return Frozen(call, absl::StrCat(path, ".proposal_form"));
  }
  return absl::OkStatus();
}

// Whether a track is open as long as it was, whichever milestone gates it now.
absl::Status CheckGates(const v1::Call& before, const v1::Call& after, const v1::Track& was,
                        const v1::Track& is) {
  for (const auto gate : {v1::Milestone::GATE_INTEREST, v1::Milestone::GATE_PROPOSAL}) {
    const v1::Milestone* closed = GateOf(before, was, gate);
    const v1::Milestone* closes = GateOf(after, is, gate);
    if (closed != nullptr && closes != nullptr) {
      RETURN_IF_ERROR(CheckNoEarlier(before, *closed, *closes));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckAmendment(const v1::Call& before, const v1::Call& after, absl::Time now) {
  if (after.reference_prefix() != before.reference_prefix()) {
    return Frozen(before, "call.reference_prefix");
  }
  RETURN_IF_ERROR(CheckMilestones(before, before.milestones(), after.milestones(), now));
  for (int i = 0; i < before.tracks_size(); ++i) {
    const v1::Track& was = before.tracks(i);
    const v1::Track* is =
        Find(after.tracks(), [&](const v1::Track& t) { return t.name() == was.name(); });
    if (is == nullptr) {
      return errors::Error(v1::ERROR_REASON_TRACK_LEFT_OUT, "a published track stays")
          .With("call", before.name())
          .With("track", was.name())
          .Precondition("TRACK", was.name(), "ideas and proposals may have been made on it");
    }
    RETURN_IF_ERROR(CheckForms(before, was, *is, absl::StrCat("call.tracks[", i, "]")));
    RETURN_IF_ERROR(CheckMilestones(before, was.milestones(), is->milestones(), now));
    RETURN_IF_ERROR(CheckGates(before, after, was, *is));
  }
  for (const v1::Track& is : after.tracks()) {
    if (Find(before.tracks(), [&](const v1::Track& t) { return t.name() == is.name(); }) ==
        nullptr) {
      RETURN_IF_ERROR(CheckNewGates(before, {}, is.milestones(), now));
    }
  }
  return absl::OkStatus();
}

bool SameSet(const google::protobuf::RepeatedField<int>& a,
             const google::protobuf::RepeatedField<int>& b) {
  return std::set<int>(a.begin(), a.end()) == std::set<int>(b.begin(), b.end());
}

// Of a call or a track of it, which `path` leads to.
template <class Holder>
absl::Status CheckSameSets(const v1::Call& call, const Holder& before, const Holder& after,
                           const std::string& path) {
  if (!SameSet(before.regions(), after.regions())) {
    return Frozen(call, absl::StrCat(path, ".regions"));
  }
  if (!SameSet(before.kinds(), after.kinds())) {
    return Frozen(call, absl::StrCat(path, ".kinds"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSameEligibility(const v1::Call& before, const v1::Call& after) {
  RETURN_IF_ERROR(CheckSameSets(before, before, after, "call"));
  for (int i = 0; i < before.tracks_size(); ++i) {
    const v1::Track& was = before.tracks(i);
    const v1::Track* is =
        Find(after.tracks(), [&](const v1::Track& t) { return t.name() == was.name(); });
    if (is != nullptr) {
      RETURN_IF_ERROR(CheckSameSets(before, was, *is, absl::StrCat("call.tracks[", i, "]")));
    }
  }
  return absl::OkStatus();
}

absl::Status MayAmend(const v1::Call& before) {
  return before.state() == v1::Call::STATE_PUBLISHED
             ? absl::OkStatus()
             : CallState(before, "a draft is updated, not amended");
}

absl::StatusOr<v1::Call> Amend(const v1::Call& before, v1::Call after,
                               const types::v1::Text& reason, absl::Time now) {
  RETURN_IF_ERROR(CheckAmendment(before, after, now));
  std::vector<std::string> diff = DiffInDutch(before, after);
  v1::Amendment& amendment = *after.add_amendments();
  amendment.set_number(after.amendments_size());
  *amendment.mutable_reason() = reason;
  for (std::string& line : diff) {
    amendment.add_diff(std::move(line));
  }
  *amendment.mutable_amend_time() = types::ToProto(now);
  return after;
}

}  // namespace scharnier::proposals::rules
