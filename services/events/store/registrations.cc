#include "services/events/store/registrations.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/db/message_column.h"
#include "common/db/parts.h"
#include "common/db/root_columns.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/types/text.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/events/sql/registrations.sql.h"

namespace scharnier::events::store {
namespace {

// Nothing of this stands in body, personal or sealed: it has columns of its own.
v1::Registration WithoutColumns(v1::Registration registration) {
  registration.clear_name();
  registration.clear_state();
  registration.clear_waiting_position();
  registration.clear_etag();
  registration.clear_receive_time();
  return registration;
}

// Binds the sealed column to its row, so that it opens nowhere else.
std::string SealedFor(const std::string& id) { return absl::StrCat("registration/", id); }

absl::StatusOr<v1::Registration> BodyFromRow(const db::Row& row) {
  ASSIGN_OR_RETURN(auto registration, db::ReadMessage<v1::Registration>(row, "body"));
  registration.set_name(absl::StrCat("sessions/", row.Get<std::string>("session_id"),
                                     "/registrations/", row.Get<std::string>("id")));
  registration.set_state(static_cast<v1::Registration::State>(row.Get<int>("state")));
  registration.set_etag(types::Etag(row.Get<int64_t>("version")));
  *registration.mutable_receive_time() = types::ToProto(row.Get<absl::Time>("receive_time"));
  return registration;
}

absl::StatusOr<StoredRegistration> FromRow(const db::Row& row) {
  StoredRegistration stored;
  ASSIGN_OR_RETURN(stored.registration, BodyFromRow(row));
  RETURN_IF_ERROR(db::JoinPersonal(row, stored.registration));
  stored.registration.set_waiting_position(row.Get<int>("waiting_position"));
  stored.person_key = row.Get<std::string>("person_key");
  stored.holder_key = row.Get<std::string>("holder_key");
  return stored;
}

}  // namespace

std::string AttendeeKey(const runtime::Keyring& keyring, const v1::Registration& registration,
                        const v1::Attendee& attendee) {
  const std::string& email =
      attendee.email().empty() ? registration.registrant().email() : attendee.email();
  // The address has no line break, so that no two pairs look alike; a blank more in a name makes
  // nobody else of them.
  return runtime::PersonKey(keyring,
                            absl::StrCat(email, "\n", types::Collapsed(attendee.full_name())));
}

absl::StatusOr<Taken> FindLiveAttendees(db::Tx& tx, const v1::Session& session,
                                        const std::vector<std::string>& keys) {
  constexpr const db::Query& kQuery = db::Find(sql::kRegistrations, "FindLiveAttendees");
  ASSIGN_OR_RETURN(auto rows,
                   tx.Run(kQuery, {db::LastId(session.name()), keys, db::LastId(session.series()),
                                   session.choice_group()}));
  Taken taken;
  for (int i = 0; i < rows.size(); ++i) {
    auto& set = rows[i].Get<bool>("same_session") ? taken.session : taken.choice;
    set.insert(rows[i].Get<std::string>("attendee_key"));
  }
  return taken;
}

absl::Status InsertRegistrations(db::Tx& tx, const runtime::Keyring& keyring,
                                 const v1::Session& session,
                                 const std::vector<NewRegistration>& registrations) {
  constexpr const db::Query& kQuery = db::Find(sql::kRegistrations, "InsertRegistrations");
  std::vector<std::string> ids, person_keys, holder_keys, attendee_of, attendee_keys;
  std::vector<int> states, seats, ordinals;
  std::vector<int64_t> arrivals;
  std::vector<absl::Time> receive_times;
  std::vector<db::Bytes> bodies, personals;
  std::vector<std::optional<db::Bytes>> sealed;
  for (const NewRegistration& n : registrations) {
    const std::string id = db::LastId(n.registration.name());
    ids.push_back(id);
    states.push_back(n.registration.state());
    arrivals.push_back(n.arrival);
    seats.push_back(n.registration.attendees_size());
    person_keys.push_back(n.person_key);
    holder_keys.push_back(n.holder_key);
    receive_times.push_back(types::FromProto(n.registration.receive_time()));
    db::Parts parts = db::Split(keyring, WithoutColumns(n.registration), SealedFor(id));
    bodies.push_back(std::move(parts.body));
    personals.push_back(std::move(parts.personal));
    sealed.push_back(std::move(parts.sealed));
    for (size_t i = 0; i < n.attendee_keys.size(); ++i) {
      attendee_of.push_back(id);
      ordinals.push_back(static_cast<int>(i));
      attendee_keys.push_back(n.attendee_keys[i]);
    }
  }
  std::optional<std::string> choice_group;
  if (!session.choice_group().empty()) {
    choice_group = session.choice_group();
  }
  absl::Status status =
      tx.Run(kQuery, {db::LastId(session.name()), ids, states, arrivals, seats, person_keys,
                      receive_times, bodies, personals, sealed, db::LastId(session.series()),
                      choice_group, attendee_of, ordinals, attendee_keys, holder_keys})
          .status();
  if (db::ViolatedConstraint(status) == "attendee_once_a_choice") {
    return errors::Error(types::v1::ERROR_REASON_CONFLICT,
                         "an attendee registered for another session of the choice");
  }
  return status;
}

bool SeesAnswers(const rules::Viewer& viewer, const StoredRegistration& stored) {
  return viewer.answers && viewer.keys.has_value() &&
         (viewer.address_key == stored.person_key ||
          std::find(viewer.keys->begin(), viewer.keys->end(), stored.holder_key) !=
              viewer.keys->end());
}

absl::StatusOr<StoredRegistration> GetRegistration(db::Tx& tx, const runtime::Keyring& keyring,
                                                   const std::string& session,
                                                   const std::string& id,
                                                   const rules::Viewer& viewer, Position position) {
  constexpr const db::Query& kQuery = db::Find(sql::kRegistrations, "GetRegistration");
  auto found = tx.One(
      kQuery,
      [&](const db::Row& row) -> absl::StatusOr<StoredRegistration> {
        ASSIGN_OR_RETURN(auto stored, FromRow(row));
        if (SeesAnswers(viewer, stored)) {
          RETURN_IF_ERROR(db::JoinSealed(row, keyring, SealedFor(id), stored.registration));
        }
        return stored;
      },
      session, id, viewer.keys, position == Position::kCounted, viewer.address_key, viewer.series);
  return db::Named(std::move(found), absl::StrCat("sessions/", session, "/registrations/", id));
}

absl::StatusOr<std::vector<StoredRegistration>> ListRegistrations(db::Tx& tx,
                                                                  const RegistrationQuery& query) {
  constexpr const db::Query& kQuery = db::Find(sql::kRegistrations, "ListRegistrations");
  return tx.All(
      kQuery,
      [](const db::Row& row) -> absl::StatusOr<StoredRegistration> {
        ASSIGN_OR_RETURN(auto stored, FromRow(row));
        stored.arrival = row.Get<int64_t>("arrival");
        return stored;
      },
      query.session, query.viewer.keys, query.after, query.state, query.limit);
}

absl::StatusOr<std::vector<v1::Registration>> HeadOfLine(db::Tx& tx, const std::string& session,
                                                         int limit) {
  constexpr const db::Query& kQuery = db::Find(sql::kRegistrations, "HeadOfLine");
  return tx.All(kQuery, BodyFromRow, session, limit);
}

absl::StatusOr<int> LargestWaitingParty(db::Tx& tx, const std::string& session) {
  constexpr const db::Query& kQuery = db::Find(sql::kRegistrations, "LargestWaitingParty");
  return tx.One(kQuery, [](const db::Row& row) { return row.Get<int>("seats"); }, session);
}

absl::Status SaveRegistrations(db::Tx& tx, std::vector<v1::Registration>& registrations) {
  constexpr const db::Query& kQuery = db::Find(sql::kRegistrations, "SaveRegistrations");
  std::vector<std::string> ids;
  std::vector<int> states;
  std::vector<db::Bytes> bodies;
  for (const v1::Registration& registration : registrations) {
    ids.push_back(db::LastId(registration.name()));
    states.push_back(registration.state());
    bodies.push_back(db::BodyPart(WithoutColumns(registration)));
  }
  ASSIGN_OR_RETURN(const db::Rows rows, tx.Run(kQuery, {ids, states, bodies}));
  for (int i = 0; i < rows.size(); ++i) {
    registrations[rows[i].Get<int64_t>("n") - 1].set_etag(
        types::Etag(rows[i].Get<int64_t>("version")));
  }
  return absl::OkStatus();
}

absl::Status RewriteRegistration(db::Tx& tx, const runtime::Keyring& keyring,
                                 v1::Registration& registration) {
  constexpr const db::Query& kQuery = db::Find(sql::kRegistrations, "RewriteRegistration");
  const std::string id = db::LastId(registration.name());
  const db::Parts parts = db::Split(keyring, WithoutColumns(registration), SealedFor(id));
  ASSIGN_OR_RETURN(const auto version,
                   tx.One(
                       kQuery, [](const db::Row& row) { return row.Get<int64_t>("version"); }, id,
                       parts.body, parts.personal, parts.sealed));
  registration.set_etag(types::Etag(version));
  return absl::OkStatus();
}

absl::Status FreeAttendees(db::Tx& tx, const std::string& registration) {
  constexpr const db::Query& kQuery = db::Find(sql::kRegistrations, "FreeAttendees");
  return tx.Exec(kQuery, registration).status();
}

}  // namespace scharnier::events::store
