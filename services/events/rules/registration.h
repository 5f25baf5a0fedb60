// File: registration.h
// Whether somebody can register for a session now, what staff should know of it, and which other
// session would fit.

#ifndef SCHARNIER_SERVICES_EVENTS_RULES_REGISTRATION_H_
#define SCHARNIER_SERVICES_EVENTS_RULES_REGISTRATION_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/field_mask.pb.h"
#include "scharnier/events/v1/registration.pb.h"
#include "scharnier/events/v1/session.pb.h"
#include "scharnier/organisations/v1/organisation.pb.h"

namespace scharnier::events::rules {

// Whether each attendee stands there once, by the keys that name them without showing them.
// Errors: INVALID_ARGUMENT FIELD_INVALID at "registration.attendees[i]".
absl::Status CheckEachOnce(const std::vector<std::string>& attendee_keys);

// Checks what field rules cannot: answers that fit the session's form.
// Errors: INVALID_ARGUMENT FIELD_INVALID, FIELD_MISSING below "registration".
absl::Status CheckRegistration(const v1::Session& session, const v1::Registration& registration);

// Where a party comes from: what its people say of themselves, or what the register says of the
// organisation that they come for.
struct Origin {
  std::set<int> regions;    // of types.v1.Region
  std::set<int> audiences;  // of Audience
};
// By what they say. Errors: INVALID_ARGUMENT FIELD_MISSING where the region or an audience is not
// given.
absl::StatusOr<Origin> OriginOf(const v1::Registration& registration);
// By the register.
Origin OriginOf(const organisations::v1::Organisation& organisation);

// Judges a registration by the instant at which it was received: the session's state, window and
// beginning, regions and audience. Returns the marks of an accepted one, in the order of the enum.
// Errors: FAILED_PRECONDITION SESSION_STATE, REGISTRATION_NOT_OPEN, REGISTRATION_CLOSED,
// NOT_ELIGIBLE.
absl::StatusOr<std::vector<v1::Registration::Mark>> Judge(const v1::Session& session,
                                                          const Origin& origin,
                                                          absl::Time receive_time);

// Of the candidates that would take the registration now (open, eligible, enough seats and nobody
// waiting), the one to name in a refusal: of the same choice, else for a region of its origin, else
// online, else the soonest; null when there is none. The candidates stand soonest first.
const v1::Session* BestFit(const std::vector<v1::Session>& candidates, const v1::Session& refused,
                           const v1::Registration& registration, const Origin& origin,
                           absl::Time receive_time);

// Whether a registration can be changed or given up at this instant.
// Errors: FAILED_PRECONDITION REGISTRATION_CANCELLED, SESSION_BEGUN.
absl::Status MayChange(const v1::Session& session, const v1::Registration& registration,
                       absl::Time receive_time);

// The registration with what an update changes: "answers", "registrant.full_name". Errors:
// INVALID_ARGUMENT FIELD_MASK_INVALID; FIELD_MISSING, FIELD_INVALID below "registration".
absl::StatusOr<v1::Registration> Update(const v1::Session& session,
                                        const google::protobuf::FieldMask& mask,
                                        const v1::Registration& patch,
                                        v1::Registration registration);

// Whether an update says what somebody answers.
bool WritesAnswers(const google::protobuf::FieldMask& mask);

// The people to tell: the registrant, then each attendee with an address that was not named yet
// (without regard to case).
std::vector<v1::Person> Recipients(const v1::Registration& registration);

}  // namespace scharnier::events::rules

#endif  // SCHARNIER_SERVICES_EVENTS_RULES_REGISTRATION_H_
