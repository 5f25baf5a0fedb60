// File: sessions.h
// Sessions in the database.

#ifndef SCHARNIER_SERVICES_EVENTS_STORE_SESSIONS_H_
#define SCHARNIER_SERVICES_EVENTS_STORE_SESSIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/tx.h"
#include "scharnier/events/v1/session.pb.h"
#include "services/events/rules/seating.h"

namespace scharnier::events::store {

// A session whose row is locked, and its line.
struct LockedSession {
  v1::Session session;
  rules::Line line;
};

// Inserts a session with a new name. Errors: NOT_FOUND RESOURCE_NOT_FOUND when there is no such
// series.
absl::StatusOr<v1::Session> InsertSession(db::Tx& tx, const v1::Session& session, absl::Time now);
// Locks the session's row. Errors: NOT_FOUND RESOURCE_NOT_FOUND.
absl::StatusOr<LockedSession> LockSession(db::Tx& tx, const std::string& id);
// Saves a locked session; returns it as stored, with its new etag.
absl::StatusOr<v1::Session> SaveSession(db::Tx& tx, const v1::Session& session, absl::Time now);
// Saves the seats of a locked session; its version stays.
absl::Status SaveLine(db::Tx& tx, const std::string& id, const rules::Line& line);

// One answer a question, in their order; nullopt where there is no such session or the caller may
// not see it.
struct SessionQuestion {
  std::string id;
  bool drafts = false;
};
absl::StatusOr<std::vector<std::optional<v1::Session>>> GetSessions(
    db::Tx& tx, const std::vector<SessionQuestion>& questions);

struct SessionQuery {
  bool drafts = false;
  std::optional<absl::Time> after_begins;  // the last session's place in the order
  std::optional<std::string> after_id;
  std::optional<std::string> series;
  std::optional<int> state, mode, region;
  int limit = 0;
};
struct ListedSession {
  v1::Session session;
  absl::Time begins;  // as ordered
};
absl::StatusOr<std::vector<ListedSession>> ListSessions(db::Tx& tx, const SessionQuery& query);

// Published sessions of the series other than `id` that have not begun, soonest first, where none
// of the attendees has a live registration, nor in their choice.
absl::StatusOr<std::vector<v1::Session>> ListSiblings(db::Tx& tx, const std::string& series,
                                                      const std::string& id,
                                                      const std::vector<std::string>& attendee_keys,
                                                      absl::Time now);

}  // namespace scharnier::events::store

#endif  // SCHARNIER_SERVICES_EVENTS_STORE_SESSIONS_H_
