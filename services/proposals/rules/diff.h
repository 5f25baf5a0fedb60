// File: diff.h
// What an amendment changes, as people read it.
//
//   Termijn "Goesting meedelen": was tot en met donderdag 15 april 2021, wordt tot en met vrijdag
//   30 april 2021

#ifndef SCHARNIER_SERVICES_PROPOSALS_RULES_DIFF_H_
#define SCHARNIER_SERVICES_PROPOSALS_RULES_DIFF_H_

#include <string>
#include <vector>

#include "scharnier/proposals/v1/call.pb.h"

namespace scharnier::proposals::rules {

// A line in Dutch for each thing that differs, in the order of the call, and one for all that has
// no line of its own: translations, words, order. Takes calls that differ, that were checked and
// have the same amendments.
std::vector<std::string> DiffInDutch(const v1::Call& before, const v1::Call& after);

}  // namespace scharnier::proposals::rules

#endif  // SCHARNIER_SERVICES_PROPOSALS_RULES_DIFF_H_
