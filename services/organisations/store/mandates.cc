#include "services/organisations/store/mandates.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/db/message_column.h"
#include "common/db/parts.h"
#include "common/db/root_columns.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/runtime/uuid.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/organisations/sql/mandates.sql.h"

namespace scharnier::organisations::store {
namespace {

// What stands in columns of its own does not stand in the body.
db::Bytes Body(v1::Mandate mandate) {
  mandate.clear_name();
  mandate.clear_state();
  mandate.clear_role();
  mandate.clear_person_key();
  mandate.clear_holder_key();
  mandate.clear_etag();
  return db::BodyPart(mandate);
}

absl::StatusOr<v1::Mandate> FromRow(const db::Row& row) {
  ASSIGN_OR_RETURN(auto mandate, db::ReadMessage<v1::Mandate>(row, "body"));
  RETURN_IF_ERROR(db::JoinPersonal(row, mandate));
  mandate.set_name(absl::StrCat("organisations/", row.Get<std::string>("organisation_id"),
                                "/mandates/", row.Get<std::string>("id")));
  mandate.set_state(static_cast<v1::Mandate::State>(row.Get<int>("state")));
  mandate.set_role(static_cast<v1::Mandate::Role>(row.Get<int>("role")));
  mandate.set_person_key(row.Get<std::string>("person_key"));
  mandate.set_holder_key(row.Get<std::string>("holder_key"));
  mandate.set_etag(types::Etag(row.Get<int64_t>("version")));
  return mandate;
}

std::string Name(const std::string& organisation, const std::string& id) {
  return absl::StrCat("organisations/", organisation, "/mandates/", id);
}

}  // namespace

absl::Status CheckOrganisation(db::Tx& tx, const std::string& organisation) {
  constexpr const db::Query& kFind = db::Find(sql::kMandates, "FindOrganisation");
  const auto found =
      tx.One(kFind, [](const db::Row& row) { return row.Get<std::string>("id"); }, organisation);
  return db::Named(found, absl::StrCat("organisations/", organisation)).status();
}

absl::StatusOr<v1::Mandate> InsertMandate(db::Tx& tx, const std::string& organisation,
                                          const v1::Mandate& mandate) {
  constexpr const db::Query& kInsert = db::Find(sql::kMandates, "InsertMandate");
  auto inserted =
      tx.One(kInsert, FromRow, runtime::NewUuid(), organisation, static_cast<int>(mandate.state()),
             static_cast<int>(mandate.role()), mandate.person_key(), mandate.holder_key(),
             types::FromProto(mandate.expire_time()), Body(mandate), db::PersonalPart(mandate));
  if (db::ViolatedConstraint(inserted.status()) == "mandate_once") {
    return errors::Error(types::v1::ERROR_REASON_CONFLICT,
                         "the person was given a mandate meanwhile");
  }
  return inserted;
}

absl::StatusOr<std::optional<v1::Mandate>> FindLiveMandate(db::Tx& tx,
                                                           const std::string& organisation,
                                                           const std::string& person_key) {
  constexpr const db::Query& kFind = db::Find(sql::kMandates, "FindLiveMandate");
  return tx.Maybe(kFind, FromRow, organisation, person_key);
}

absl::StatusOr<v1::Mandate::Role> FindRole(db::Tx& tx, const std::string& organisation,
                                           const std::vector<std::string>& keys) {
  constexpr const db::Query& kFind = db::Find(sql::kMandates, "FindRole");
  return tx.One(
      kFind,
      [](const db::Row& row) { return static_cast<v1::Mandate::Role>(row.Get<int>("role")); },
      organisation, keys);
}

absl::StatusOr<std::vector<v1::HeldMandate>> FindRolesOf(db::Tx& tx,
                                                         const std::vector<std::string>& keys) {
  constexpr const db::Query& kFind = db::Find(sql::kMandates, "FindRolesOf");
  return tx.All(
      kFind,
      [](const db::Row& row) {
        v1::HeldMandate held;
        held.set_organisation(
            absl::StrCat("organisations/", row.Get<std::string>("organisation_id")));
        held.set_role(static_cast<v1::Mandate::Role>(row.Get<int>("role")));
        return held;
      },
      keys);
}

absl::StatusOr<v1::Mandate> LockMandate(db::Tx& tx, const std::string& organisation,
                                        const std::string& id, const Viewer& viewer) {
  constexpr const db::Query& kLock = db::Find(sql::kMandates, "LockMandate");
  return db::Named(tx.One(kLock, FromRow, organisation, id, viewer.keys), Name(organisation, id));
}

absl::StatusOr<v1::Mandate> SaveMandate(db::Tx& tx, const v1::Mandate& mandate) {
  constexpr const db::Query& kSave = db::Find(sql::kMandates, "SaveMandate");
  return tx.One(kSave, FromRow, db::LastId(mandate.name()), static_cast<int>(mandate.state()),
                mandate.holder_key(), Body(mandate));
}

absl::StatusOr<v1::Mandate> GetMandate(db::Tx& tx, const std::string& organisation,
                                       const std::string& id, const Viewer& viewer) {
  constexpr const db::Query& kGet = db::Find(sql::kMandates, "GetMandate");
  return db::Named(tx.One(kGet, FromRow, organisation, id, viewer.keys), Name(organisation, id));
}

absl::StatusOr<std::vector<v1::Mandate>> ListMandates(db::Tx& tx, const MandateQuery& query) {
  constexpr const db::Query& kList = db::Find(sql::kMandates, "ListMandates");
  return tx.All(kList, FromRow, query.organisation, query.viewer.keys, query.after, query.state,
                query.role, query.limit);
}

absl::StatusOr<std::vector<v1::Mandate>> LockExpired(db::Tx& tx, absl::Time now, int limit) {
  constexpr const db::Query& kLock = db::Find(sql::kMandates, "LockExpired");
  return tx.All(kLock, FromRow, now, limit);
}

}  // namespace scharnier::organisations::store
