#include "services/proposals/edit.h"

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/rpc/field_mask.h"
#include "common/types/etag.h"
#include "common/types/violations.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::proposals {
namespace {

constexpr char kAnswers[] = "answers";
constexpr char kAnswer[] = "answers.";

absl::Status MaskInvalid(const std::string& path, absl::string_view description) {
  return errors::Error(types::v1::ERROR_REASON_FIELD_MASK_INVALID, "the update mask is not valid")
      .Field("update_mask", absl::StrCat("a path ", description))
      .With("path", path);
}

}  // namespace

absl::StatusOr<rules::Edit> ReadEdit(const v1::UpdateProposalRequest& request) {
  rules::Edit edit{request.proposal(), {}};
  const auto seen = types::EtagVersion(request.proposal().etag());
  if (!seen.ok()) {
    return types::FieldInvalid("proposal.etag", "the etag that the proposal was read with");
  }
  edit.seen = *seen;
  google::protobuf::FieldMask whole;
  for (const std::string& path : request.update_mask().paths()) {
    if (!absl::StartsWith(path, kAnswer)) {
      whole.add_paths(path);
    } else if (!edit.paths.insert(path).second) {
      return MaskInvalid(path, "is given twice");
    }
  }
  if (edit.paths.empty() || whole.paths_size() > 0) {
    ASSIGN_OR_RETURN(const auto fields, rpc::MaskedFields(whole, request.proposal()));
    if (!edit.paths.empty() && fields.contains(kAnswers)) {
      return MaskInvalid(kAnswers, "lies above another one: all answers, or one by one");
    }
    edit.paths.insert(fields.begin(), fields.end());
  }
  return edit;
}

absl::Status CheckQuestions(const rules::Edit& edit, const types::v1::Form& form) {
  std::set<std::string> known;
  for (const types::v1::Section& section : form.sections()) {
    for (const types::v1::Question& question : section.questions()) {
      known.insert(absl::StrCat(kAnswer, question.id()));
    }
  }
  for (const std::string& path : edit.paths) {
    if (absl::StartsWith(path, kAnswer) && !known.contains(path)) {
      return MaskInvalid(path, "names no question of the form");
    }
  }
  return absl::OkStatus();
}

google::protobuf::RepeatedPtrField<types::v1::Answer> MaskedAnswers(const rules::Edit& edit) {
  if (edit.paths.contains(kAnswers)) {
    return edit.given.answers();
  }
  google::protobuf::RepeatedPtrField<types::v1::Answer> masked;
  for (const types::v1::Answer& answer : edit.given.answers()) {
    if (edit.paths.contains(absl::StrCat(kAnswer, answer.question_id()))) {
      *masked.Add() = answer;
    }
  }
  return masked;
}

}  // namespace scharnier::proposals
