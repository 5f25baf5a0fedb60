// File: merge.h
// Two people work on one proposal: changes of different fields are both kept, changes of the same
// field conflict.

#ifndef SCHARNIER_SERVICES_PROPOSALS_RULES_MERGE_H_
#define SCHARNIER_SERVICES_PROPOSALS_RULES_MERGE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "scharnier/proposals/v1/proposal.pb.h"

namespace scharnier::proposals::rules {

// The version that last changed a field, by its path: "title", "contact", "idea",
// "answers.<question_id>". What is not there has not changed since the proposal was made.
using Touched = std::map<std::string, int64_t>;

// What somebody wants to change.
struct Edit {
  const v1::Proposal& given;
  // Fields of `given`: as above, or "answers" for all of them; "track" and "lead" if they are
  // given.
  std::set<std::string> paths;
  int64_t seen = 0;  // the version that the caller read
};

struct Merged {
  v1::Proposal proposal;
  std::set<std::string> changed;  // paths, each answer by its own
};

// The proposal with the fields of the edit. A field that is given as it is does not change. Takes
// answers that were checked, each question once. Errors: FAILED_PRECONDITION FIELD_FROZEN for
// another track or lead; ABORTED EDIT_CONFLICT where a field would change that was changed after
// the version that the caller read.
absl::StatusOr<Merged> Merge(const v1::Proposal& current, const Touched& touched, const Edit& edit);

}  // namespace scharnier::proposals::rules

#endif  // SCHARNIER_SERVICES_PROPOSALS_RULES_MERGE_H_
