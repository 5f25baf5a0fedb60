// File: edit.h
// Which fields of a proposal an update is about, and of which version.

#ifndef SCHARNIER_SERVICES_PROPOSALS_EDIT_H_
#define SCHARNIER_SERVICES_PROPOSALS_EDIT_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "scharnier/proposals/v1/proposal_service.pb.h"
#include "scharnier/types/v1/form.pb.h"
#include "services/proposals/rules/merge.h"

namespace scharnier::proposals {

// Reads mask and etag. The edit holds on to the request. Errors: INVALID_ARGUMENT
// FIELD_MASK_INVALID; FIELD_INVALID for an etag that is none.
absl::StatusOr<rules::Edit> ReadEdit(const v1::UpdateProposalRequest& request);

// Whether the form asks each question that the edit names. Errors: INVALID_ARGUMENT
// FIELD_MASK_INVALID.
absl::Status CheckQuestions(const rules::Edit& edit, const types::v1::Form& form);

// The answers that the edit gives, without those that stand outside of its mask.
google::protobuf::RepeatedPtrField<types::v1::Answer> MaskedAnswers(const rules::Edit& edit);

}  // namespace scharnier::proposals

#endif  // SCHARNIER_SERVICES_PROPOSALS_EDIT_H_
