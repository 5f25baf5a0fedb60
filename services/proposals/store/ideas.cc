#include "services/proposals/store/ideas.h"

#include "absl/strings/str_cat.h"
#include "common/db/message_column.h"
#include "common/db/parts.h"
#include "common/db/root_columns.h"
#include "common/errors/macros.h"
#include "services/proposals/sql/ideas.sql.h"

namespace scharnier::proposals::store {
namespace {

std::string RowOf(const std::string& id) { return absl::StrCat("idea/", id); }

db::Parts PartsOf(const runtime::Keyring& keyring, v1::Idea idea) {
  const std::string row = RowOf(db::LastId(idea.name()));
  idea.clear_name();
  idea.clear_state();
  db::ClearRoot(idea);
  return db::Split(keyring, idea, row);
}

// Without answers.
absl::StatusOr<v1::Idea> FromRow(const db::Row& row, const rules::Viewer& viewer) {
  ASSIGN_OR_RETURN(auto idea, db::ReadMessage<v1::Idea>(row, "body"));
  idea.set_name(absl::StrCat("ideas/", row.Get<std::string>("id")));
  idea.set_state(static_cast<v1::Idea::State>(row.Get<int>("state")));
  db::ReadRoot(row, idea);
  if (viewer.contact) {
    RETURN_IF_ERROR(db::JoinPersonal(row, idea));
  }
  return idea;
}

// Of the query's own condition `exists_for`, by which alone the idea exists; nullopt: for all.
absl::StatusOr<v1::Idea> ReadOne(db::Tx& tx, const db::Query& query,
                                 const runtime::Keyring& keyring, const std::string& id,
                                 const rules::Viewer& viewer,
                                 const std::optional<std::vector<std::string>>& exists_for) {
  auto found = tx.One(
      query,
      [&](const db::Row& row) -> absl::StatusOr<v1::Idea> {
        ASSIGN_OR_RETURN(auto idea, FromRow(row, viewer));
        if (viewer.answers) {
          RETURN_IF_ERROR(db::JoinSealed(row, keyring, RowOf(id), idea));
        }
        return idea;
      },
      id, exists_for);
  return db::Named(std::move(found), absl::StrCat("ideas/", id));
}

// What was written, with what the database says of it.
auto Stored(const v1::Idea& idea) {
  return [&idea](const db::Row& row) {
    v1::Idea stored = idea;
    db::ReadRoot(row, stored);
    return stored;
  };
}

}  // namespace

absl::StatusOr<v1::Idea> InsertIdea(db::Tx& tx, const runtime::Keyring& keyring,
                                    const v1::Idea& idea, absl::Time now) {
  constexpr const db::Query& kQuery = db::Find(sql::kIdeas, "InsertIdea");
  const db::Parts parts = PartsOf(keyring, idea);
  return tx.One(kQuery, Stored(idea), db::LastId(idea.name()), db::FirstId(idea.track()),
                db::LastId(idea.track()), db::LastId(idea.organisation()),
                static_cast<int>(idea.state()), idea.reference(), now, parts.body, parts.personal,
                parts.sealed);
}

absl::StatusOr<v1::Idea> LockIdea(db::Tx& tx, const runtime::Keyring& keyring,
                                  const std::string& id,
                                  const std::optional<std::vector<std::string>>& organisations) {
  constexpr const db::Query& kQuery = db::Find(sql::kIdeas, "LockIdea");
  std::optional<std::vector<std::string>> ids;
  if (organisations.has_value()) {
    ids = db::LastIds(*organisations);
  }
  return ReadOne(tx, kQuery, keyring, id, {}, ids);
}

absl::StatusOr<v1::Idea> SaveIdea(db::Tx& tx, const runtime::Keyring& keyring, const v1::Idea& idea,
                                  absl::Time now) {
  constexpr const db::Query& kQuery = db::Find(sql::kIdeas, "SaveIdea");
  const db::Parts parts = PartsOf(keyring, idea);
  return tx.One(kQuery, Stored(idea), db::LastId(idea.name()), static_cast<int>(idea.state()), now,
                parts.body, parts.personal, parts.sealed);
}

absl::StatusOr<v1::Idea> GetIdea(db::Tx& tx, const runtime::Keyring& keyring, const std::string& id,
                                 const rules::Viewer& viewer) {
  constexpr const db::Query& kQuery = db::Find(sql::kIdeas, "GetIdea");
  return ReadOne(tx, kQuery, keyring, id, viewer, viewer.keys);
}

absl::StatusOr<std::vector<v1::Idea>> ListIdeas(db::Tx& tx, const IdeaQuery& query) {
  constexpr const db::Query& kQuery = db::Find(sql::kIdeas, "ListIdeas");
  return tx.All(
      kQuery, [&](const db::Row& row) { return FromRow(row, query.viewer); }, query.viewer.keys,
      query.after, query.call, query.track, query.organisation, query.state, query.limit);
}

absl::Status FindIdeaOf(db::Tx& tx, const std::string& idea, const std::string& organisation,
                        const std::string& track) {
  constexpr const db::Query& kQuery = db::Find(sql::kIdeas, "FindIdeaOf");
  return db::Named(tx.One(
                       kQuery, [](const db::Row& row) { return row.Get<int>("found"); },
                       db::LastId(idea), db::LastId(organisation), db::FirstId(track)),
                   idea)
      .status();
}

}  // namespace scharnier::proposals::store
