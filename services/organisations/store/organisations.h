// File: organisations.h
// Organisations in the database. All are written and read in sets, since imports and searches are.

#ifndef SCHARNIER_SERVICES_ORGANISATIONS_STORE_ORGANISATIONS_H_
#define SCHARNIER_SERVICES_ORGANISATIONS_STORE_ORGANISATIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/tx.h"
#include "scharnier/organisations/v1/organisation.pb.h"

namespace scharnier::organisations::store {

// Saves locked organisations, then enters new ones: what is changed may give up what a new one has.
// Those without a name get one, new establishments too, and all an etag and times. Once a
// transaction, for the order in which words are entered. Errors: ABORTED CONFLICT where a rival has
// entered a number or identifier of theirs since FindTaken looked.
absl::Status WriteOrganisations(db::Tx& tx, std::vector<v1::Organisation>& changed,
                                std::vector<v1::Organisation>& made, absl::Time now);

// The active organisations that have an enterprise number or an identifier of one of `wanted`.
absl::StatusOr<std::vector<v1::Organisation>> FindTaken(
    db::Tx& tx, const std::vector<v1::Organisation>& wanted);
// The same, locked.
absl::StatusOr<std::vector<v1::Organisation>> LockTaken(
    db::Tx& tx, const std::vector<v1::Organisation>& wanted);
// Locks one. Errors: NOT_FOUND RESOURCE_NOT_FOUND.
absl::StatusOr<v1::Organisation> LockOrganisation(db::Tx& tx, const std::string& id);

// The organisations of these names, in their order. Errors: NOT_FOUND RESOURCE_NOT_FOUND for the
// first that is missing.
absl::StatusOr<std::vector<v1::Organisation>> GetOrganisations(
    db::Tx& tx, const std::vector<std::string>& names);

struct OrganisationQuery {
  std::optional<std::string> after;  // the last organisation's id
  std::optional<int> kind, state, region;
  int limit = 0;
};
// In the order in which they were entered.
absl::StatusOr<std::vector<v1::Organisation>> ListOrganisations(db::Tx& tx,
                                                                const OrganisationQuery& query);

struct SearchQuery {
  std::vector<std::string> words;  // types::FoldedWords; the first five count
  std::optional<std::string> enterprise_number, establishment_number;
  std::optional<int> kind, region;
  int limit = 0;
};
// The best matches first: by number where one is given; else those that have all words in their
// names, as words, then as parts of words; else those whose words differ by a slip or two. Words of
// one or two letters are the beginnings of words.
absl::StatusOr<std::vector<v1::Organisation>> SearchOrganisations(db::Tx& tx,
                                                                  const SearchQuery& query);

}  // namespace scharnier::organisations::store

#endif  // SCHARNIER_SERVICES_ORGANISATIONS_STORE_ORGANISATIONS_H_
