#include "services/events/rules/session.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/types/deadline.h"
#include "common/types/error_words.h"
#include "common/types/form.h"
#include "common/types/when.h"
#include "scharnier/events/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::events::rules {
namespace {

using types::v1::ERROR_REASON_FIELD_INVALID;
using types::v1::ERROR_REASON_FIELD_MISSING;

// A rule that is not open to all names somebody, each once.
absl::Status CheckSet(const google::protobuf::RepeatedField<int>& set, v1::Openness openness,
                      const std::string& field) {
  if (openness != v1::OPENNESS_OPEN && set.empty()) {
    return errors::Error(ERROR_REASON_FIELD_MISSING, "a soft or hard rule names whom it is for")
        .Field(field, "give at least one, or OPENNESS_OPEN");
  }
  const std::set<int> distinct(set.begin(), set.end());
  if (static_cast<int>(distinct.size()) != set.size() || distinct.contains(0)) {
    return errors::Error(ERROR_REASON_FIELD_INVALID, "a rule names each once")
        .Field(field, "give each value once");
  }
  return absl::OkStatus();
}

// A published session changes only in these.
const std::set<std::string>& FreeFields() {
  static const auto& fields =
      *new std::set<std::string>{"title", "description", "place", "capacity", "unlimited"};
  return fields;
}

}  // namespace

absl::Status CheckSeries(const v1::Series& series) {
  return series.has_when() ? types::CheckWhen(series.when(), "series.when") : absl::OkStatus();
}

absl::Status CheckSession(const v1::Session& session) {
  RETURN_IF_ERROR(types::CheckWhen(session.when(), "session.when"));
  if (session.seats_case() == v1::Session::SEATS_NOT_SET) {
    return errors::Error(ERROR_REASON_FIELD_MISSING, "a session says how many people it holds")
        .Field("session.capacity", "give capacity or unlimited");
  }
  if (session.mode() != v1::Session::MODE_ONLINE && !session.has_place() &&
      !session.when().has_not_known()) {
    return errors::Error(ERROR_REASON_FIELD_MISSING, "people need a place to come to")
        .Field("session.place",
               "give it, unless the session is online or its date is not known yet");
  }
  RETURN_IF_ERROR(CheckSet(session.regions().regions(), session.regions().openness(),
                           "session.regions.regions"));
  RETURN_IF_ERROR(CheckSet(session.audience().audiences(), session.audience().openness(),
                           "session.audience.audiences"));
  if (session.window().has_deadline()) {
    RETURN_IF_ERROR(types::CheckDeadline(session.window().deadline(), "session.window.deadline"));
  }
  return types::CheckForm(session.form(), "session.form");
}

absl::StatusOr<v1::Series> Publish(v1::Series draft) {
  if (draft.state() != v1::Series::STATE_DRAFT) {
    return errors::Error(v1::ERROR_REASON_SERIES_STATE, "only a draft can be published")
        .With("series", draft.name())
        .With("state", types::StateName(draft.state()))
        .Precondition("STATE", draft.name(), "the series is no draft");
  }
  draft.set_state(v1::Series::STATE_PUBLISHED);
  return draft;
}

absl::StatusOr<v1::Session> Publish(v1::Session draft, const v1::Series& series) {
  if (draft.state() != v1::Session::STATE_DRAFT) {
    return SessionState(draft, "only a draft can be published");
  }
  if (series.state() != v1::Series::STATE_PUBLISHED) {
    return errors::Error(v1::ERROR_REASON_SERIES_STATE, "publish the series first")
        .With("series", series.name())
        .With("state", types::StateName(series.state()))
        .Precondition("STATE", series.name(), "the series is not public");
  }
  draft.set_state(v1::Session::STATE_PUBLISHED);
  return draft;
}

absl::Status MayUpdate(const v1::Session& before, const v1::Session& after,
                       const std::set<std::string>& changed, int largest_waiting) {
  for (const std::string& field : changed) {
    const bool fixed = before.state() == v1::Session::STATE_DRAFT ? field == "series"
                                                                  : !FreeFields().contains(field);
    if (fixed) {
      const std::string path = absl::StrCat("session.", field);
      return errors::Error(v1::ERROR_REASON_FIELD_FROZEN, "the field cannot be changed any more")
          .With("session", before.name())
          .With("field", path)
          .Precondition("FROZEN", before.name(), absl::StrCat(path, " is fixed"));
    }
  }
  if (after.has_capacity() && after.capacity() < before.confirmed_seats()) {
    return errors::Error(v1::ERROR_REASON_CAPACITY_BELOW_SEATED,
                         "more seats are taken than would be left")
        .With("session", before.name())
        .With("confirmed", absl::StrCat(before.confirmed_seats()))
        .With("capacity", absl::StrCat(after.capacity()))
        .Precondition("SEATS", before.name(),
                      "lower the capacity to the seats that are taken at most");
  }
  if (after.has_capacity() && after.capacity() < largest_waiting) {
    return errors::Error(v1::ERROR_REASON_CAPACITY_BELOW_SEATED,
                         "a party in line needs more seats than there would be in all")
        .With("session", before.name())
        .With("party", absl::StrCat(largest_waiting))
        .With("capacity", absl::StrCat(after.capacity()))
        .Precondition("SEATS", before.name(), "nobody passes: the line would never move again");
  }
  return absl::OkStatus();
}

void Complete(v1::Series& series) {
  if (series.has_when()) {
    types::Complete(*series.mutable_when());
  }
}

void Complete(v1::Session& session) {
  types::Complete(*session.mutable_when());
  if (session.window().has_deadline()) {
    types::Complete(*session.mutable_window()->mutable_deadline());
  }
}

std::optional<absl::Time> BeginsAt(const v1::Session& session) {
  const types::v1::When& when = session.when();
  const types::v1::Precision precision = when.period().from().precision();
  if (precision == types::v1::PRECISION_MINUTE || precision == types::v1::PRECISION_DAY) {
    return types::Begin(when);
  }
  return types::End(when);
}

absl::Status SessionState(const v1::Session& session, absl::string_view message) {
  return errors::Error(v1::ERROR_REASON_SESSION_STATE, message)
      .With("session", session.name())
      .With("state", types::StateName(session.state()))
      .Precondition("STATE", session.name(), message);
}

}  // namespace scharnier::events::rules
