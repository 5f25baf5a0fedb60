#include "services/events/rules/registration.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/types/deadline.h"
#include "common/types/error_words.h"
#include "common/types/form.h"
#include "common/types/text.h"
#include "common/types/timestamp.h"
#include "common/types/violations.h"
#include "scharnier/events/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/events/rules/session.h"

namespace scharnier::events::rules {
namespace {

using types::v1::ERROR_REASON_FIELD_INVALID;

// Addresses were checked to be ASCII.
std::string SameAddress(const std::string& email) { return absl::AsciiStrToLower(email); }

bool Contains(const google::protobuf::RepeatedField<int>& set, int value) {
  return std::find(set.begin(), set.end(), value) != set.end();
}

// Whether a rule names none of these.
bool Outside(v1::Openness openness, const google::protobuf::RepeatedField<int>& invited,
             const std::set<int>& those) {
  return openness != v1::OPENNESS_OPEN && std::none_of(those.begin(), those.end(), [&](int value) {
           return Contains(invited, value);
         });
}

// Whether somebody among the audiences is not invited.
bool BringsOthers(const v1::Session& session, const Origin& origin) {
  return std::any_of(origin.audiences.begin(), origin.audiences.end(), [&](int audience) {
    return Outside(session.audience().openness(), session.audience().audiences(), {audience});
  });
}

v1::Audience AudienceOf(organisations::v1::Organisation::Kind kind) {
  using organisations::v1::Organisation;
  switch (kind) {
    case Organisation::KIND_FACILITY:
      return v1::AUDIENCE_FACILITY;
    case Organisation::KIND_REFERRER:
      return v1::AUDIENCE_REFERRER;
    case Organisation::KIND_AGENCY:
      return v1::AUDIENCE_AGENCY;
    default:
      return v1::AUDIENCE_OTHER_ACTOR;
  }
}

errors::Builder NotEligible(const v1::Session& session, const char* rule, const char* message) {
  return errors::Error(v1::ERROR_REASON_NOT_ELIGIBLE, message)
      .With("session", session.name())
      .With("rule", rule)
      .Precondition("ELIGIBILITY", session.name(), message);
}

errors::Builder Closed(const v1::Session& session, absl::Time closed, const char* message) {
  return errors::Error(v1::ERROR_REASON_REGISTRATION_CLOSED, message)
      .With("session", session.name())
      .With("closed", types::Rfc3339(closed))
      .Precondition("WINDOW", session.name(), message);
}

// What an update can change.
constexpr char kAnswers[] = "answers";
constexpr char kName[] = "registrant.full_name";

// Takes the answers of each attendee from the one at the same place.
absl::Status ReplaceAnswers(const v1::Registration& patch, v1::Registration& registration) {
  if (patch.attendees_size() != registration.attendees_size()) {
    return types::FieldInvalid("registration.attendees", "those who were registered, in order");
  }
  for (int i = 0; i < patch.attendees_size(); ++i) {
    *registration.mutable_attendees(i)->mutable_answers() = patch.attendees(i).answers();
  }
  return absl::OkStatus();
}

absl::Status Rename(const std::string& name, v1::Registration& registration) {
  if (types::IsBlank(name)) {
    return types::FieldMissing("registration.registrant.full_name", "has to be given");
  }
  registration.mutable_registrant()->set_full_name(name);
  registration.clear_recipients();
  for (v1::Person& person : Recipients(registration)) {
    *registration.add_recipients() = std::move(person);
  }
  return absl::OkStatus();
}

bool HasRoom(const v1::Session& session, int party) {
  return session.has_unlimited() ||
         (session.waiting_seats() == 0 && session.confirmed_seats() + party <= session.capacity());
}

}  // namespace

absl::Status CheckEachOnce(const std::vector<std::string>& attendee_keys) {
  std::set<std::string> seen;
  for (size_t i = 0; i < attendee_keys.size(); ++i) {
    if (!seen.insert(attendee_keys[i]).second) {
      return errors::Error(ERROR_REASON_FIELD_INVALID, "an attendee stands there twice")
          .Field(absl::StrCat("registration.attendees[", i, "]"),
                 "has the name and address of an earlier attendee");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRegistration(const v1::Session& session, const v1::Registration& registration) {
  for (int i = 0; i < registration.attendees_size(); ++i) {
    RETURN_IF_ERROR(types::CheckAnswers(session.form(), registration.attendees(i).answers(),
                                        absl::StrCat("registration.attendees[", i, "].answers")));
  }
  return absl::OkStatus();
}

absl::StatusOr<Origin> OriginOf(const v1::Registration& registration) {
  if (registration.region() == types::v1::REGION_UNSPECIFIED) {
    return types::FieldMissing("registration.region", "give it, or an organisation");
  }
  Origin origin{.regions = {registration.region()}};
  for (int i = 0; i < registration.attendees_size(); ++i) {
    if (registration.attendees(i).audience() == v1::AUDIENCE_UNSPECIFIED) {
      return types::FieldMissing(absl::StrCat("registration.attendees[", i, "].audience"),
                                 "give it, or an organisation");
    }
    origin.audiences.insert(registration.attendees(i).audience());
  }
  return origin;
}

Origin OriginOf(const organisations::v1::Organisation& organisation) {
  return {.regions = {organisation.regions().begin(), organisation.regions().end()},
          .audiences = {AudienceOf(organisation.kind())}};
}

absl::StatusOr<std::vector<v1::Registration::Mark>> Judge(const v1::Session& session,
                                                          const Origin& origin,
                                                          absl::Time receive_time) {
  if (session.state() != v1::Session::STATE_PUBLISHED) {
    return SessionState(session, "the session is not open to registrations");
  }
  const v1::RegistrationWindow& window = session.window();
  if (window.has_open_time()) {
    const absl::Time opens = types::FromProto(window.open_time());
    if (receive_time < opens) {
      return errors::Error(v1::ERROR_REASON_REGISTRATION_NOT_OPEN,
                           "registration has not opened yet")
          .With("session", session.name())
          .With("opens", types::Rfc3339(opens))
          .Precondition("WINDOW", session.name(), "registration opens later");
    }
  }
  const std::optional<absl::Time> begins = BeginsAt(session);
  if (begins.has_value() && receive_time >= *begins) {
    return Closed(session, *begins, "the session has begun");
  }
  std::vector<v1::Registration::Mark> marks;
  if (window.has_deadline() && types::IsLate(window.deadline(), receive_time)) {
    if (window.deadline().strictness() == types::v1::STRICTNESS_HARD) {
      return Closed(session, types::ClosesBefore(window.deadline()),
                    "the registration deadline has passed");
    }
    marks.push_back(v1::Registration::MARK_LATE);
  }
  if (Outside(session.regions().openness(), session.regions().regions(), origin.regions)) {
    if (session.regions().openness() == v1::OPENNESS_HARD) {
      return NotEligible(session, "region", "the session is for other regions");
    }
    marks.push_back(v1::Registration::MARK_OUTSIDE_REGION);
  }
  if (BringsOthers(session, origin)) {
    if (session.audience().openness() == v1::OPENNESS_HARD) {
      return NotEligible(session, "audience", "the session is for another audience");
    }
    marks.push_back(v1::Registration::MARK_OUTSIDE_AUDIENCE);
  }
  return marks;
}

const v1::Session* BestFit(const std::vector<v1::Session>& candidates, const v1::Session& refused,
                           const v1::Registration& registration, const Origin& origin,
                           absl::Time receive_time) {
  const v1::Session* best = nullptr;
  int best_rank = 0;
  for (const v1::Session& candidate : candidates) {
    if (candidate.name() == refused.name() || !HasRoom(candidate, registration.attendees_size()) ||
        !Judge(candidate, origin, receive_time).ok()) {
      continue;
    }
    const bool same_choice =
        !refused.choice_group().empty() && candidate.choice_group() == refused.choice_group();
    const bool for_region =
        std::any_of(origin.regions.begin(), origin.regions.end(),
                    [&](int region) { return Contains(candidate.regions().regions(), region); });
    const int rank = same_choice                                    ? 4
                     : for_region                                   ? 3
                     : candidate.mode() == v1::Session::MODE_ONLINE ? 2
                                                                    : 1;
    if (rank > best_rank) {
      best = &candidate;
      best_rank = rank;
    }
  }
  return best;
}

absl::Status MayChange(const v1::Session& session, const v1::Registration& registration,
                       absl::Time receive_time) {
  if (registration.state() == v1::Registration::STATE_CANCELLED) {
    return errors::Error(v1::ERROR_REASON_REGISTRATION_CANCELLED,
                         "the registration was cancelled before")
        .With("registration", registration.name())
        .Precondition("STATE", registration.name(), "a cancelled registration never revives");
  }
  const std::optional<absl::Time> begins = BeginsAt(session);
  if (begins.has_value() && receive_time >= *begins) {
    return errors::Error(v1::ERROR_REASON_SESSION_BEGUN, "the session has begun")
        .With("session", session.name())
        .Precondition("STATE", session.name(), "only before the session begins");
  }
  return absl::OkStatus();
}

bool WritesAnswers(const google::protobuf::FieldMask& mask) {
  return std::find(mask.paths().begin(), mask.paths().end(), kAnswers) != mask.paths().end();
}

absl::StatusOr<v1::Registration> Update(const v1::Session& session,
                                        const google::protobuf::FieldMask& mask,
                                        const v1::Registration& patch,
                                        v1::Registration registration) {
  if (mask.paths().empty()) {
    return types::FieldMissing("update_mask", absl::StrCat("names ", kAnswers, " or ", kName));
  }
  const std::set<std::string> paths(mask.paths().begin(), mask.paths().end());
  for (const std::string& path : paths) {
    if (path == kAnswers) {
      RETURN_IF_ERROR(ReplaceAnswers(patch, registration));
      RETURN_IF_ERROR(CheckRegistration(session, registration));
    } else if (path == kName) {
      RETURN_IF_ERROR(Rename(patch.registrant().full_name(), registration));
    } else {
      return errors::Error(types::v1::ERROR_REASON_FIELD_MASK_INVALID,
                           "the update mask is not valid")
          .Field("update_mask", absl::StrCat(kAnswers, " and ", kName, " can change"))
          .With("path", path);
    }
  }
  return registration;
}

std::vector<v1::Person> Recipients(const v1::Registration& registration) {
  std::vector<v1::Person> people = {registration.registrant()};
  std::set<std::string> seen = {SameAddress(registration.registrant().email())};
  for (const v1::Attendee& attendee : registration.attendees()) {
    if (!attendee.email().empty() && seen.insert(SameAddress(attendee.email())).second) {
      v1::Person& person = people.emplace_back();
      person.set_full_name(attendee.full_name());
      person.set_email(attendee.email());
    }
  }
  return people;
}

}  // namespace scharnier::events::rules
