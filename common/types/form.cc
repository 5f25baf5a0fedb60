#include "common/types/form.h"

#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/types/text.h"
#include "common/types/violations.h"

namespace scharnier::types {
namespace {

// The longest answer, where the question sets no limit; the field rule of Answer.text says the
// same.
constexpr int kMaxChars = 10000;

void CheckLimit(int count, int limit, const char* unit, const std::string& path,
                Violations& violations) {
  if (limit > 0 && count > limit) {
    violations.Add(v1::ERROR_REASON_FIELD_INVALID, path,
                   absl::StrCat("at most ", limit, " ", unit));
  }
}

void CheckText(const v1::Question& question, const std::string& text, Answered answered,
               const std::string& path, Violations& violations) {
  if (question.required() && answered == Answered::kAll && IsBlank(text)) {
    violations.Add(v1::ERROR_REASON_FIELD_MISSING, path, "this question has to be answered");
    return;
  }
  const v1::TextQuestion& limits = question.text();
  const int max_chars = limits.max_chars() > 0 ? limits.max_chars() : kMaxChars;
  CheckLimit(CodePoints(text), max_chars, "characters", path, violations);
  CheckLimit(Words(text), limits.max_words(), "words", path, violations);
  CheckLimit(Lines(text), limits.max_lines(), "lines", path, violations);
}

}  // namespace

// As many as there can be answers (proto: max_items of the fields `answers`).
constexpr size_t kMostQuestions = 100;

absl::Status CheckForm(const v1::Form& form, absl::string_view field) {
  Violations violations;
  std::set<std::string> ids;
  for (int s = 0; s < form.sections_size(); ++s) {
    const v1::Section& section = form.sections(s);
    for (int q = 0; q < section.questions_size(); ++q) {
      const v1::Question& question = section.questions(q);
      const std::string path = absl::StrCat(field, ".sections[", s, "].questions[", q, "]");
      if (!ids.insert(question.id()).second) {
        violations.Add(v1::ERROR_REASON_FIELD_INVALID, absl::StrCat(path, ".id"),
                       "an earlier question of the form has this id");
      }
      if (question.kind_case() == v1::Question::KIND_NOT_SET) {
        violations.Add(v1::ERROR_REASON_FIELD_MISSING, path, "a question has a kind: text");
      }
    }
  }
  if (ids.size() > kMostQuestions) {
    violations.Add(v1::ERROR_REASON_FIELD_INVALID, absl::StrCat(field, ".sections"),
                   absl::StrCat("a form asks ", kMostQuestions, " questions at most"));
  }
  return violations.status();
}

absl::Status CheckAnswers(const v1::Form& form,
                          const google::protobuf::RepeatedPtrField<v1::Answer>& answers,
                          absl::string_view field, Answered answered) {
  std::map<std::string, const v1::Question*> questions;
  for (const v1::Section& section : form.sections()) {
    for (const v1::Question& question : section.questions()) {
      questions.emplace(question.id(), &question);
    }
  }

  Violations violations;
  std::set<std::string> seen;
  for (int i = 0; i < answers.size(); ++i) {
    const v1::Answer& answer = answers[i];
    const std::string path = absl::StrCat(field, "[", i, "]");
    const auto question = questions.find(answer.question_id());
    if (question == questions.end()) {
      violations.Add(v1::ERROR_REASON_FIELD_INVALID, absl::StrCat(path, ".question_id"),
                     "the form has no such question");
    } else if (!seen.insert(answer.question_id()).second) {
      violations.Add(v1::ERROR_REASON_FIELD_INVALID, absl::StrCat(path, ".question_id"),
                     "an earlier answer is to the same question");
    } else if (!answer.has_text()) {
      violations.Add(v1::ERROR_REASON_FIELD_MISSING, absl::StrCat(path, ".text"),
                     "this question is answered in text");
    } else {
      CheckText(*question->second, answer.text(), answered, absl::StrCat(path, ".text"),
                violations);
    }
  }
  for (const auto& [id, question] : questions) {
    if (question->required() && answered == Answered::kAll && !seen.contains(id)) {
      violations.Add(v1::ERROR_REASON_FIELD_MISSING, field,
                     absl::StrCat("the question ", id, " has to be answered"));
    }
  }
  return violations.status();
}

}  // namespace scharnier::types
