#include "services/events/store/sessions.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/db/message_column.h"
#include "common/db/root_columns.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/runtime/uuid.h"
#include "common/types/when.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/events/sql/sessions.sql.h"

namespace scharnier::events::store {
namespace {

absl::StatusOr<v1::Session> FromRow(const db::Row& row) {
  ASSIGN_OR_RETURN(auto session, db::ReadMessage<v1::Session>(row, "body"));
  session.set_name(absl::StrCat("sessions/", row.Get<std::string>("id")));
  session.set_state(static_cast<v1::Session::State>(row.Get<int>("state")));
  if (const auto capacity = row.Maybe<int>("capacity"); capacity.has_value()) {
    session.set_capacity(*capacity);
  }
  session.set_confirmed_seats(row.Get<int>("confirmed_seats"));
  session.set_waiting_seats(row.Get<int>("waiting_seats"));
  db::ReadRoot(row, session);
  return session;
}

// What stands in columns of its own and can change without the body does not stand in it.
db::Bytes Body(v1::Session session) {
  session.clear_name();
  session.clear_state();
  session.clear_capacity();
  session.clear_confirmed_seats();
  session.clear_waiting_seats();
  db::ClearRoot(session);
  return db::Serialise(session);
}

// Columns that lists and constraints ask for.
struct Columns {
  explicit Columns(const v1::Session& session)
      : state(session.state()),
        mode(session.mode()),
        begins(types::Begin(session.when()).value_or(absl::InfiniteFuture())) {
    // Where everybody is welcome the set only informs: it stays in the body.
    if (session.regions().openness() != v1::OPENNESS_OPEN) {
      regions.assign(session.regions().regions().begin(), session.regions().regions().end());
    }
    if (!session.choice_group().empty()) {
      choice_group = session.choice_group();
    }
    if (session.has_capacity()) {
      capacity = session.capacity();
    }
  }
  int state, mode;
  std::vector<int> regions;
  std::optional<std::string> choice_group;
  absl::Time begins;
  std::optional<int> capacity;
};

}  // namespace

absl::StatusOr<v1::Session> InsertSession(db::Tx& tx, const v1::Session& session, absl::Time now) {
  constexpr const db::Query& kQuery = db::Find(sql::kSessions, "InsertSession");
  const Columns c(session);
  auto inserted =
      tx.One(kQuery, FromRow, runtime::NewUuid(), db::LastId(session.series()), c.state, c.mode,
             c.regions, c.choice_group, c.begins, c.capacity, now, Body(session));
  if (db::ViolatedConstraint(inserted.status()) == "session_series") {
    return errors::Error(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND, "there is no such series")
        .With("name", session.series());
  }
  return inserted;
}

absl::StatusOr<LockedSession> LockSession(db::Tx& tx, const std::string& id) {
  constexpr const db::Query& kQuery = db::Find(sql::kSessions, "LockSession");
  auto locked = tx.One(
      kQuery,
      [](const db::Row& row) -> absl::StatusOr<LockedSession> {
        ASSIGN_OR_RETURN(auto session, FromRow(row));
        rules::Line line;
        line.capacity = row.Maybe<int>("capacity");
        line.confirmed = session.confirmed_seats();
        line.waiting_seats = session.waiting_seats();
        line.waiting = row.Get<int>("waiting");
        line.next_arrival = row.Get<int64_t>("next_arrival");
        line.keeps_waiting_list = !session.no_waiting_list();
        return LockedSession{std::move(session), line};
      },
      id);
  return db::Named(std::move(locked), absl::StrCat("sessions/", id));
}

absl::StatusOr<v1::Session> SaveSession(db::Tx& tx, const v1::Session& session, absl::Time now) {
  constexpr const db::Query& kQuery = db::Find(sql::kSessions, "SaveSession");
  const Columns c(session);
  return tx.One(kQuery, FromRow, db::LastId(session.name()), c.state, c.mode, c.regions,
                c.choice_group, c.begins, c.capacity, now, Body(session));
}

absl::Status SaveLine(db::Tx& tx, const std::string& id, const rules::Line& line) {
  constexpr const db::Query& kQuery = db::Find(sql::kSessions, "SaveLine");
  return tx.Exec(kQuery, id, line.confirmed, line.waiting_seats, line.waiting, line.next_arrival)
      .status();
}

absl::StatusOr<std::vector<std::optional<v1::Session>>> GetSessions(
    db::Tx& tx, const std::vector<SessionQuestion>& questions) {
  constexpr const db::Query& kQuery = db::Find(sql::kSessions, "GetSessions");
  std::vector<std::string> ids;
  std::vector<bool> drafts;
  for (const SessionQuestion& question : questions) {
    ids.push_back(question.id);
    drafts.push_back(question.drafts);
  }
  ASSIGN_OR_RETURN(auto rows, tx.Run(kQuery, {ids, drafts}));
  std::vector<std::optional<v1::Session>> answers(questions.size());
  for (int i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(answers.at(rows[i].Get<int>("n") - 1), FromRow(rows[i]));
  }
  return answers;
}

absl::StatusOr<std::vector<ListedSession>> ListSessions(db::Tx& tx, const SessionQuery& query) {
  constexpr const db::Query& kQuery = db::Find(sql::kSessions, "ListSessions");
  return tx.All(
      kQuery,
      [](const db::Row& row) -> absl::StatusOr<ListedSession> {
        ASSIGN_OR_RETURN(auto session, FromRow(row));
        return ListedSession{std::move(session), row.Get<absl::Time>("begins")};
      },
      query.drafts, query.after_begins, query.after_id, query.series, query.state, query.mode,
      query.region, query.limit);
}

absl::StatusOr<std::vector<v1::Session>> ListSiblings(db::Tx& tx, const std::string& series,
                                                      const std::string& id,
                                                      const std::vector<std::string>& attendee_keys,
                                                      absl::Time now) {
  constexpr const db::Query& kQuery = db::Find(sql::kSessions, "ListSiblings");
  return tx.All(kQuery, FromRow, series, id, attendee_keys, now);
}

}  // namespace scharnier::events::store
