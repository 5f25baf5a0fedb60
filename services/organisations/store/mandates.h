// File: mandates.h
// Mandates in the database.

#ifndef SCHARNIER_SERVICES_ORGANISATIONS_STORE_MANDATES_H_
#define SCHARNIER_SERVICES_ORGANISATIONS_STORE_MANDATES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/tx.h"
#include "scharnier/organisations/v1/mandate.pb.h"
#include "scharnier/organisations/v1/mandate_service.pb.h"

namespace scharnier::organisations::store {

// For whom a mandate exists: everybody, or the person with these keys, as its holder or as a
// signatory of its organisation.
struct Viewer {
  std::optional<std::vector<std::string>> keys;
};

// Whether there is such an organisation. Errors: NOT_FOUND RESOURCE_NOT_FOUND.
absl::Status CheckOrganisation(db::Tx& tx, const std::string& organisation);
// Inserts a mandate with a new name. Errors: ABORTED CONFLICT when a rival has given the person one
// meanwhile.
absl::StatusOr<v1::Mandate> InsertMandate(db::Tx& tx, const std::string& organisation,
                                          const v1::Mandate& mandate);
// The mandate of a person that is open or in force, locked; nullopt: none.
absl::StatusOr<std::optional<v1::Mandate>> FindLiveMandate(db::Tx& tx,
                                                           const std::string& organisation,
                                                           const std::string& person_key);
// How far a person may act for an organisation; ROLE_UNSPECIFIED: not at all.
absl::StatusOr<v1::Mandate::Role> FindRole(db::Tx& tx, const std::string& organisation,
                                           const std::vector<std::string>& keys);
// All organisations that a person may act for, and how far.
absl::StatusOr<std::vector<v1::HeldMandate>> FindRolesOf(db::Tx& tx,
                                                         const std::vector<std::string>& keys);
// Locks a mandate. Errors: NOT_FOUND RESOURCE_NOT_FOUND.
absl::StatusOr<v1::Mandate> LockMandate(db::Tx& tx, const std::string& organisation,
                                        const std::string& id, const Viewer& viewer);
// Saves a locked mandate; returns it as stored, with its new etag.
absl::StatusOr<v1::Mandate> SaveMandate(db::Tx& tx, const v1::Mandate& mandate);
// Errors: NOT_FOUND RESOURCE_NOT_FOUND.
absl::StatusOr<v1::Mandate> GetMandate(db::Tx& tx, const std::string& organisation,
                                       const std::string& id, const Viewer& viewer);

struct MandateQuery {
  std::optional<std::string> organisation;  // nullopt: of all
  Viewer viewer;
  std::optional<std::string> after;  // the last mandate's id
  std::optional<int> state, role;
  int limit = 0;
};
// In the order in which they were given.
absl::StatusOr<std::vector<v1::Mandate>> ListMandates(db::Tx& tx, const MandateQuery& query);

// Locks invitations that were not accepted before `now`, but for those that are being answered.
absl::StatusOr<std::vector<v1::Mandate>> LockExpired(db::Tx& tx, absl::Time now, int limit);

}  // namespace scharnier::organisations::store

#endif  // SCHARNIER_SERVICES_ORGANISATIONS_STORE_MANDATES_H_
