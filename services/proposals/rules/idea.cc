#include "services/proposals/rules/idea.h"

#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/types/error_words.h"
#include "common/types/form.h"
#include "common/types/timestamp.h"
#include "scharnier/proposals/v1/error_reason.pb.h"
#include "services/proposals/rules/track.h"

namespace scharnier::proposals::rules {

absl::StatusOr<v1::Idea> Submit(const v1::Call& call, const v1::Track& track,
                                const organisations::v1::Organisation& organisation,
                                v1::Idea wanted, absl::Time receive_time) {
  ASSIGN_OR_RETURN(const Arrival arrival,
                   Judge(call, track, v1::Milestone::GATE_INTEREST, receive_time));
  RETURN_IF_ERROR(CheckEligible(call, track, organisation));
  RETURN_IF_ERROR(types::CheckAnswers(track.idea_form(), wanted.answers(), "idea.answers"));
  wanted.set_state(v1::Idea::STATE_SUBMITTED);
  *wanted.mutable_receive_time() = types::ToProto(receive_time);
  wanted.clear_marks();
  if (arrival == Arrival::kLate) {
    wanted.add_marks(v1::Idea::MARK_LATE);
  }
  return wanted;
}

absl::StatusOr<v1::Idea> Withdraw(v1::Idea idea) {
  if (idea.state() != v1::Idea::STATE_SUBMITTED) {
    return errors::Error(v1::ERROR_REASON_IDEA_STATE, "the idea was taken back before")
        .With("idea", idea.name())
        .With("state", types::StateName(idea.state()))
        .Precondition("STATE", idea.name(), "an idea that was taken back never revives");
  }
  idea.set_state(v1::Idea::STATE_WITHDRAWN);
  return idea;
}

}  // namespace scharnier::proposals::rules
