#include "services/proposals/rules/merge.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/errors/errors.h"
#include "common/types/text.h"
#include "google/protobuf/util/message_differencer.h"
#include "scharnier/proposals/v1/error_reason.pb.h"

namespace scharnier::proposals::rules {
namespace {

using google::protobuf::util::MessageDifferencer;

constexpr char kAnswer[] = "answers.";
constexpr int kMostChars = 100;

const types::v1::Answer* FindAnswer(const v1::Proposal& proposal, absl::string_view question) {
  const auto found =
      std::find_if(proposal.answers().begin(), proposal.answers().end(),
                   [&](const auto& answer) { return answer.question_id() == question; });
  return found == proposal.answers().end() ? nullptr : &*found;
}

// The paths of the edit, "answers" spelt out: those that are given, and those that are not any
// more.
std::set<std::string> Spelt(const v1::Proposal& current, const Edit& edit) {
  std::set<std::string> paths = edit.paths;
  if (paths.erase("answers") > 0) {
    for (const auto* proposal : {&current, &edit.given}) {
      for (const types::v1::Answer& answer : proposal->answers()) {
        paths.insert(absl::StrCat(kAnswer, answer.question_id()));
      }
    }
  }
  return paths;
}

bool Differs(const v1::Proposal& a, const v1::Proposal& b, absl::string_view path) {
  if (path == "title") {
    return a.title() != b.title();
  }
  if (path == "idea") {
    return a.idea() != b.idea();
  }
  if (path == "track") {
    return a.track() != b.track();
  }
  if (path == "lead") {
    return a.lead() != b.lead();
  }
  if (path == "contact") {
    return !MessageDifferencer::Equals(a.contact(), b.contact());
  }
  absl::ConsumePrefix(&path, kAnswer);
  const types::v1::Answer* of_a = FindAnswer(a, path);
  const types::v1::Answer* of_b = FindAnswer(b, path);
  return of_a == nullptr || of_b == nullptr ? of_a != of_b
                                            : !MessageDifferencer::Equals(*of_a, *of_b);
}

void Apply(const v1::Proposal& given, absl::string_view path, v1::Proposal& proposal) {
  if (path == "title") {
    proposal.set_title(given.title());
  } else if (path == "idea") {
    proposal.set_idea(given.idea());
  } else if (path == "contact") {
    *proposal.mutable_contact() = given.contact();
  } else if (absl::ConsumePrefix(&path, kAnswer)) {
    const types::v1::Answer* answer = FindAnswer(given, path);
    auto& answers = *proposal.mutable_answers();
    const auto place = std::find_if(answers.begin(), answers.end(),
                                    [&](const auto& a) { return a.question_id() == path; });
    if (answer == nullptr) {
      answers.erase(place);
    } else if (place == answers.end()) {
      *answers.Add() = *answer;
    } else {
      *place = *answer;
    }
  }
}

// The value as the error tells it, cut; nothing for what is personal or sensitive.
std::optional<std::string> Told(const v1::Proposal& proposal, const std::string& path) {
  if (path != "title" && path != "idea") {
    return std::nullopt;
  }
  const std::string& value = path == "title" ? proposal.title() : proposal.idea();
  size_t end = 0;
  for (int i = 0; i < kMostChars && end < value.size(); ++i) {
    types::NextCodePoint(value, end);
  }
  return value.substr(0, end);
}

struct Conflict {
  std::string path;
  int64_t version;
};

// Where a path stands among conflicts: an error names the first 20, and answers may be many.
int Place(absl::string_view path) {
  constexpr absl::string_view kFirst[] = {"title", "contact", "idea"};
  return static_cast<int>(std::find(std::begin(kFirst), std::end(kFirst), path) - kFirst);
}

absl::Status EditConflict(const v1::Proposal& current, const Edit& edit,
                          const std::vector<Conflict>& conflicts) {
  auto error = errors::Error(v1::ERROR_REASON_EDIT_CONFLICT,
                             "somebody else has changed the same fields since they were read")
                   .With("proposal", current.name())
                   .With("given_version", absl::StrCat(edit.seen))
                   .With("current_version", absl::StrCat(conflicts[0].version));
  const auto given = Told(edit.given, conflicts[0].path);
  const auto stored = Told(current, conflicts[0].path);
  if (given.has_value() && stored.has_value()) {
    error.With("given", *given).With("current", *stored);
  }
  for (const Conflict& conflict : conflicts) {
    std::string what = absl::StrCat("version ", conflict.version, " has changed it");
    if (const auto value = Told(current, conflict.path); value.has_value()) {
      absl::StrAppend(&what, " to \"", *value, "\"; the update, of version ", edit.seen, ", to \"",
                      *Told(edit.given, conflict.path), "\"");
    }
    error.Field(absl::StrCat("proposal.", conflict.path), what);
  }
  return error;
}

}  // namespace

absl::StatusOr<Merged> Merge(const v1::Proposal& current, const Touched& touched,
                             const Edit& edit) {
  Merged merged{current, {}};
  std::vector<Conflict> conflicts;
  for (const std::string& path : Spelt(current, edit)) {
    if (!Differs(current, edit.given, path)) {
      continue;
    }
    if (path == "track" || path == "lead") {
      const std::string field = absl::StrCat("proposal.", path);
      return errors::Error(v1::ERROR_REASON_FIELD_FROZEN, "the field cannot be changed")
          .With("resource", current.name())
          .With("field", field)
          .Precondition("FROZEN", current.name(), absl::StrCat(field, " is fixed"));
    }
    const auto last = touched.find(path);
    if (last != touched.end() && last->second > edit.seen) {
      conflicts.push_back({path, last->second});
    }
    Apply(edit.given, path, merged.proposal);
    merged.changed.insert(path);
  }
  if (!conflicts.empty()) {
    std::sort(conflicts.begin(), conflicts.end(), [](const Conflict& a, const Conflict& b) {
      return std::make_pair(Place(a.path), absl::string_view(a.path)) <
             std::make_pair(Place(b.path), absl::string_view(b.path));
    });
    return EditConflict(current, edit, conflicts);
  }
  return merged;
}

}  // namespace scharnier::proposals::rules
