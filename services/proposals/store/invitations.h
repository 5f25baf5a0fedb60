// File: invitations.h
// Invitations in the database. Whoever writes one holds the lock of its proposal.

#ifndef SCHARNIER_SERVICES_PROPOSALS_STORE_INVITATIONS_H_
#define SCHARNIER_SERVICES_PROPOSALS_STORE_INVITATIONS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/db/tx.h"
#include "scharnier/proposals/v1/invitation.pb.h"

namespace scharnier::proposals::store {

// Inserts an invitation, which has its name; returns it with its etag.
absl::StatusOr<v1::Invitation> InsertInvitation(db::Tx& tx, const v1::Invitation& invitation);
// Saves an invitation; returns it with its new etag.
absl::StatusOr<v1::Invitation> SaveInvitation(db::Tx& tx, const v1::Invitation& invitation);
// The last invitation of an organisation to a proposal, both by their names. Errors: NOT_FOUND
// RESOURCE_NOT_FOUND, which names the organisation.
absl::StatusOr<v1::Invitation> LastInvitation(db::Tx& tx, const std::string& proposal,
                                              const std::string& organisation);
// How often an organisation was invited to a proposal, both by their names.
absl::StatusOr<int> CountInvitations(db::Tx& tx, const std::string& proposal,
                                     const std::string& organisation);
// By name; a person may write for the organisation that is invited, which is `holder` for whoever
// has its action token; without keys all are seen. Errors: NOT_FOUND RESOURCE_NOT_FOUND,
// also where it may not be seen.
absl::StatusOr<v1::Invitation> GetInvitation(db::Tx& tx, const std::string& name,
                                             const std::optional<std::vector<std::string>>& keys,
                                             const std::optional<std::string>& holder);

}  // namespace scharnier::proposals::store

#endif  // SCHARNIER_SERVICES_PROPOSALS_STORE_INVITATIONS_H_
