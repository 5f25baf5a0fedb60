// File: registrations.h
// Registrations in the database. Whoever writes one holds the lock of its session (LockSession).
//
// A registration lies in three columns: body, personal, and sealed, which is encrypted and read for
// the registrant alone.

#ifndef SCHARNIER_SERVICES_EVENTS_STORE_REGISTRATIONS_H_
#define SCHARNIER_SERVICES_EVENTS_STORE_REGISTRATIONS_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/tx.h"
#include "common/runtime/keyring.h"
#include "scharnier/events/v1/registration.pb.h"
#include "scharnier/events/v1/session.pb.h"
#include "services/events/rules/access.h"

namespace scharnier::events::store {

// A registration to insert, complete but for its state's consequences in the session.
struct NewRegistration {
  v1::Registration registration;  // with name and state
  int64_t arrival = 0;
  std::string person_key;                  // of the registrant's address
  std::string holder_key;                  // whose it is: that, or the account's that registered
  std::vector<std::string> attendee_keys;  // of its attendees, in their order
};

// Names an attendee by address (their own, else the registrant's) and name without showing them.
std::string AttendeeKey(const runtime::Keyring& keyring, const v1::Registration& registration,
                        const v1::Attendee& attendee);

// Which attendees have a live registration already.
struct Taken {
  std::set<std::string> session;  // for this session
  std::set<std::string> choice;   // for another of its choice
};
absl::StatusOr<Taken> FindLiveAttendees(db::Tx& tx, const v1::Session& session,
                                        const std::vector<std::string>& keys);

// Inserts registrations of one locked session. An attendee who got a live registration of the same
// choice elsewhere at the same time violates attendee_once_a_choice: ABORTED CONFLICT, and
// repeating finds it.
absl::Status InsertRegistrations(db::Tx& tx, const runtime::Keyring& keyring,
                                 const v1::Session& session,
                                 const std::vector<NewRegistration>& registrations);

// Counting the line takes as long as it is: not where its session is locked.
enum class Position { kCounted, kLeftOut };

struct StoredRegistration {
  v1::Registration registration;
  std::string person_key, holder_key;
  int64_t arrival = 0;  // of lists
};
// Whether it is the viewer's own, whose answers they may see.
bool SeesAnswers(const rules::Viewer& viewer, const StoredRegistration& stored);
// Answers are opened for who SeesAnswers(). Errors: NOT_FOUND RESOURCE_NOT_FOUND, also
// where the viewer may not see it.
absl::StatusOr<StoredRegistration> GetRegistration(db::Tx& tx, const runtime::Keyring& keyring,
                                                   const std::string& session,
                                                   const std::string& id,
                                                   const rules::Viewer& viewer,
                                                   Position position = Position::kCounted);

struct RegistrationQuery {
  std::string session;
  rules::Viewer viewer;
  int64_t after = 0;  // the last registration's arrival
  std::optional<int> state;
  int limit = 0;
};
// In order of arrival, without answers.
absl::StatusOr<std::vector<StoredRegistration>> ListRegistrations(db::Tx& tx,
                                                                  const RegistrationQuery& query);

// The first in line, without personal fields; `limit` of them at most.
absl::StatusOr<std::vector<v1::Registration>> HeadOfLine(db::Tx& tx, const std::string& session,
                                                         int limit);

// How many people the largest party in line has; 0 where nobody waits.
absl::StatusOr<int> LargestWaitingParty(db::Tx& tx, const std::string& session);

// Saves states, marks and times of registrations of a locked session (not their people and
// answers), and gives each its new etag.
absl::Status SaveRegistrations(db::Tx& tx, std::vector<v1::Registration>& registrations);
// Saves the people and answers of a registration of a locked session, and gives it its new etag.
absl::Status RewriteRegistration(db::Tx& tx, const runtime::Keyring& keyring,
                                 v1::Registration& registration);
// Lets the attendees of a registration that was given up register again.
absl::Status FreeAttendees(db::Tx& tx, const std::string& registration);

}  // namespace scharnier::events::store

#endif  // SCHARNIER_SERVICES_EVENTS_STORE_REGISTRATIONS_H_
