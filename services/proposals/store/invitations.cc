#include "services/proposals/store/invitations.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "common/db/message_column.h"
#include "common/db/root_columns.h"
#include "common/errors/macros.h"
#include "common/types/etag.h"
#include "services/proposals/sql/invitations.sql.h"

namespace scharnier::proposals::store {
namespace {

absl::StatusOr<v1::Invitation> FromRow(const db::Row& row) {
  ASSIGN_OR_RETURN(auto invitation, db::ReadMessage<v1::Invitation>(row, "body"));
  invitation.set_name(absl::StrCat("proposals/", row.Get<std::string>("proposal_id"),
                                   "/invitations/", row.Get<std::string>("id")));
  invitation.set_state(static_cast<v1::Invitation::State>(row.Get<int>("state")));
  invitation.set_etag(types::Etag(row.Get<int64_t>("version")));
  return invitation;
}

// What stands in columns of its own does not stand in the body.
db::Bytes Body(v1::Invitation invitation) {
  invitation.clear_name();
  invitation.clear_state();
  invitation.clear_etag();
  return db::Serialise(invitation);
}

// What was written, with its version.
auto Stored(const v1::Invitation& invitation) {
  return [&invitation](const db::Row& row) {
    v1::Invitation stored = invitation;
    stored.set_etag(types::Etag(row.Get<int64_t>("version")));
    return stored;
  };
}

}  // namespace

absl::StatusOr<v1::Invitation> InsertInvitation(db::Tx& tx, const v1::Invitation& invitation) {
  constexpr const db::Query& kQuery = db::Find(sql::kInvitations, "InsertInvitation");
  return tx.One(kQuery, Stored(invitation), db::LastId(invitation.name()),
                db::LastId(invitation.proposal()), db::LastId(invitation.organisation()),
                static_cast<int>(invitation.state()), Body(invitation));
}

absl::StatusOr<v1::Invitation> SaveInvitation(db::Tx& tx, const v1::Invitation& invitation) {
  constexpr const db::Query& kQuery = db::Find(sql::kInvitations, "SaveInvitation");
  return tx.One(kQuery, Stored(invitation), db::LastId(invitation.name()),
                static_cast<int>(invitation.state()), Body(invitation));
}

absl::StatusOr<v1::Invitation> LastInvitation(db::Tx& tx, const std::string& proposal,
                                              const std::string& organisation) {
  constexpr const db::Query& kQuery = db::Find(sql::kInvitations, "LastInvitation");
  return db::Named(tx.One(kQuery, FromRow, db::LastId(proposal), db::LastId(organisation)),
                   organisation);
}

absl::StatusOr<int> CountInvitations(db::Tx& tx, const std::string& proposal,
                                     const std::string& organisation) {
  constexpr const db::Query& kQuery = db::Find(sql::kInvitations, "CountInvitations");
  return tx.One(
      kQuery, [](const db::Row& row) { return row.Get<int>("invitations"); }, db::LastId(proposal),
      db::LastId(organisation));
}

absl::StatusOr<v1::Invitation> GetInvitation(db::Tx& tx, const std::string& name,
                                             const std::optional<std::vector<std::string>>& keys,
                                             const std::optional<std::string>& holder) {
  constexpr const db::Query& kQuery = db::Find(sql::kInvitations, "GetInvitation");
  return db::Named(
      tx.One(kQuery, FromRow, db::FirstId(name), db::LastId(name), keys, db::LastIdIfAny(holder)),
      name);
}

}  // namespace scharnier::proposals::store
