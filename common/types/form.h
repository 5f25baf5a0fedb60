// File: form.h
// Forms and answers to them.

#ifndef SCHARNIER_COMMON_TYPES_FORM_H_
#define SCHARNIER_COMMON_TYPES_FORM_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "scharnier/types/v1/form.pb.h"

namespace scharnier::types {

// Checks what field rules cannot: 100 questions at most, their ids unique over all sections, each
// of some kind. Errors: INVALID_ARGUMENT FIELD_INVALID or FIELD_MISSING below `field`.
absl::Status CheckForm(const v1::Form& form, absl::string_view field);

// Whether all required questions have to be answered by now, or somebody still works on it.
enum class Answered { kAll, kSoFar };

// Checks answers against a checked form: every required question answered (with kAll), no unknown
// or repeated question, the right kind, within its limits. Words are runs of non-blanks, lines are
// separated by LF. Errors: INVALID_ARGUMENT FIELD_INVALID or FIELD_MISSING below `field`
// ("registration.attendees[0].answers").
absl::Status CheckAnswers(const v1::Form& form,
                          const google::protobuf::RepeatedPtrField<v1::Answer>& answers,
                          absl::string_view field, Answered answered = Answered::kAll);

}  // namespace scharnier::types

#endif  // SCHARNIER_COMMON_TYPES_FORM_H_
