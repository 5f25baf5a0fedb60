// File: ideas.h
// Ideas in the database.

#ifndef SCHARNIER_SERVICES_PROPOSALS_STORE_IDEAS_H_
#define SCHARNIER_SERVICES_PROPOSALS_STORE_IDEAS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/tx.h"
#include "common/runtime/keyring.h"
#include "scharnier/proposals/v1/idea.pb.h"
#include "services/proposals/rules/access.h"

namespace scharnier::proposals::store {

// Inserts an idea, which has its name and reference; returns it as stored.
absl::StatusOr<v1::Idea> InsertIdea(db::Tx& tx, const runtime::Keyring& keyring,
                                    const v1::Idea& idea, absl::Time now);
// Locks the idea's row. `organisations`: those by whose mandate alone it exists, by name; nullopt:
// all. Errors: NOT_FOUND RESOURCE_NOT_FOUND, also where it does not exist by any; nothing is locked
// then.
absl::StatusOr<v1::Idea> LockIdea(db::Tx& tx, const runtime::Keyring& keyring,
                                  const std::string& id,
                                  const std::optional<std::vector<std::string>>& organisations);
// Saves a locked idea; returns it as stored, with its new etag.
absl::StatusOr<v1::Idea> SaveIdea(db::Tx& tx, const runtime::Keyring& keyring, const v1::Idea& idea,
                                  absl::Time now);
// Errors: NOT_FOUND RESOURCE_NOT_FOUND, also where the viewer may not see it.
absl::StatusOr<v1::Idea> GetIdea(db::Tx& tx, const runtime::Keyring& keyring, const std::string& id,
                                 const rules::Viewer& viewer);

struct IdeaQuery {
  rules::Viewer viewer;
  std::optional<std::string> after;                      // the last idea's id
  std::optional<std::string> call, track, organisation;  // ids
  std::optional<int> state;
  int limit = 0;
};
// Newest first, without answers.
absl::StatusOr<std::vector<v1::Idea>> ListIdeas(db::Tx& tx, const IdeaQuery& query);

// Whether an idea is of this organisation and of the call of this track, all by their names.
// Errors: NOT_FOUND RESOURCE_NOT_FOUND.
absl::Status FindIdeaOf(db::Tx& tx, const std::string& idea, const std::string& organisation,
                        const std::string& track);

}  // namespace scharnier::proposals::store

#endif  // SCHARNIER_SERVICES_PROPOSALS_STORE_IDEAS_H_
