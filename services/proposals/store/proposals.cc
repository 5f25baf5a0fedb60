#include "services/proposals/store/proposals.h"

#include <cstdint>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/db/message_column.h"
#include "common/db/parts.h"
#include "common/db/root_columns.h"
#include "common/errors/macros.h"
#include "services/proposals/sql/proposals.sql.h"
#include "services/proposals/store/receipts.h"

namespace scharnier::proposals::store {
namespace {

std::string RowOf(const std::string& id) { return absl::StrCat("proposal/", id); }

db::Parts PartsOf(const runtime::Keyring& keyring, v1::Proposal proposal) {
  const std::string row = RowOf(db::LastId(proposal.name()));
  proposal.clear_name();
  proposal.clear_state();
  db::ClearRoot(proposal);
  return db::Split(keyring, proposal, row);
}

// Of any row: without answers, and without what only working copies have.
absl::StatusOr<v1::Proposal> FromRow(const db::Row& row, const rules::Viewer& viewer) {
  ASSIGN_OR_RETURN(auto proposal, db::ReadMessage<v1::Proposal>(row, "body"));
  proposal.set_name(absl::StrCat("proposals/", row.Get<std::string>("id")));
  proposal.set_state(static_cast<v1::Proposal::State>(row.Get<int>("state")));
  if (viewer.contact) {
    RETURN_IF_ERROR(db::JoinPersonal(row, proposal));
  }
  return proposal;
}

absl::StatusOr<v1::Proposal> WorkingCopy(const db::Row& row, const rules::Viewer& viewer) {
  ASSIGN_OR_RETURN(auto proposal, FromRow(row, viewer));
  db::ReadRoot(row, proposal);
  return proposal;
}

absl::StatusOr<v1::Proposal> WorkingCopyWithAnswers(const db::Row& row,
                                                    const runtime::Keyring& keyring,
                                                    const rules::Viewer& viewer) {
  ASSIGN_OR_RETURN(auto proposal, WorkingCopy(row, viewer));
  if (viewer.answers) {
    RETURN_IF_ERROR(db::JoinSealed(row, keyring, RowOf(row.Get<std::string>("id")), proposal));
  }
  return proposal;
}

// What was written, with what the database says of it.
auto Stored(const v1::Proposal& proposal) {
  return [&proposal](const db::Row& row) {
    v1::Proposal stored = proposal;
    db::ReadRoot(row, stored);
    return stored;
  };
}

std::string NameOf(const std::string& id) { return absl::StrCat("proposals/", id); }

}  // namespace

absl::StatusOr<v1::Proposal> InsertProposal(db::Tx& tx, const runtime::Keyring& keyring,
                                            const v1::Proposal& proposal, absl::Time now) {
  constexpr const db::Query& kQuery = db::Find(sql::kProposals, "InsertProposal");
  const db::Parts parts = PartsOf(keyring, proposal);
  return tx.One(kQuery, Stored(proposal), db::LastId(proposal.name()),
                db::FirstId(proposal.track()), db::LastId(proposal.track()),
                db::LastId(proposal.lead()), static_cast<int>(proposal.state()), now, parts.body,
                parts.personal, parts.sealed);
}

absl::StatusOr<LockedProposal> LockProposal(db::Tx& tx, const runtime::Keyring& keyring,
                                            const std::string& id,
                                            const std::vector<std::string>& organisations,
                                            const std::optional<std::string>& invited) {
  constexpr const db::Query& kQuery = db::Find(sql::kProposals, "LockProposal");
  auto locked = tx.One(
      kQuery,
      [&](const db::Row& row) -> absl::StatusOr<LockedProposal> {
        LockedProposal found;
        ASSIGN_OR_RETURN(found.proposal, WorkingCopyWithAnswers(row, keyring, {}));
        const auto paths = row.Get<std::vector<std::string>>("touched_paths");
        const auto versions = row.Get<std::vector<std::string>>("touched_versions");
        for (size_t i = 0; i < paths.size(); ++i) {
          int64_t version = 0;
          if (absl::SimpleAtoi(versions[i], &version)) {
            found.touched.emplace(paths[i], version);
          }
        }
        return found;
      },
      id, db::LastIds(organisations), db::LastIdIfAny(invited));
  return db::Named(std::move(locked), NameOf(id));
}

absl::StatusOr<v1::Proposal> GetCurrent(db::Tx& tx, const runtime::Keyring& keyring,
                                        const std::string& id,
                                        const std::vector<std::string>& organisations) {
  constexpr const db::Query& kQuery = db::Find(sql::kProposals, "GetCurrent");
  return db::Named(
      tx.One(
          kQuery, [&](const db::Row& row) { return WorkingCopyWithAnswers(row, keyring, {}); }, id,
          db::LastIds(organisations)),
      NameOf(id));
}

absl::StatusOr<v1::Proposal> SaveProposal(db::Tx& tx, const runtime::Keyring& keyring,
                                          const LockedProposal& locked, absl::Time now) {
  constexpr const db::Query& kQuery = db::Find(sql::kProposals, "SaveProposal");
  const v1::Proposal& proposal = locked.proposal;
  const db::Parts parts = PartsOf(keyring, proposal);
  std::optional<std::string> reference;
  if (!proposal.reference().empty()) {
    reference = proposal.reference();
  }
  std::vector<std::string> paths;
  std::vector<int64_t> versions;
  for (const auto& [path, version] : locked.touched) {
    paths.push_back(path);
    versions.push_back(version);
  }
  return tx.One(kQuery, Stored(proposal), db::LastId(proposal.name()),
                static_cast<int>(proposal.state()), proposal.version(), reference, paths, versions,
                now, parts.body, parts.personal, parts.sealed);
}

absl::StatusOr<v1::Proposal> GetWorkingCopy(db::Tx& tx, const runtime::Keyring& keyring,
                                            const std::string& id, const rules::Viewer& viewer) {
  constexpr const db::Query& kQuery = db::Find(sql::kProposals, "GetWorkingCopy");
  return db::Named(
      tx.One(
          kQuery, [&](const db::Row& row) { return WorkingCopyWithAnswers(row, keyring, viewer); },
          id, viewer.keys),
      NameOf(id));
}

absl::StatusOr<v1::Proposal> GetSubmitted(db::Tx& tx, const runtime::Keyring& keyring,
                                          const std::string& id, const rules::Viewer& viewer) {
  constexpr const db::Query& kQuery = db::Find(sql::kProposals, "GetSubmitted");
  auto found = tx.One(
      kQuery,
      [&](const db::Row& row) -> absl::StatusOr<v1::Proposal> {
        ASSIGN_OR_RETURN(auto proposal, FromRow(row, viewer));
        if (viewer.answers) {
          RETURN_IF_ERROR(
              db::JoinSealed(row, keyring, VersionRow(id, row.Get<int>("number")), proposal));
        }
        return proposal;
      },
      id, viewer.calls);
  return db::Named(std::move(found), NameOf(id));
}

absl::StatusOr<std::vector<v1::Proposal>> ListWorkingCopies(db::Tx& tx,
                                                            const ProposalQuery& query) {
  constexpr const db::Query& kQuery = db::Find(sql::kProposals, "ListWorkingCopies");
  return tx.All(
      kQuery, [&](const db::Row& row) { return WorkingCopy(row, query.viewer); }, query.viewer.keys,
      query.after, query.call, query.track, query.lead, query.state, query.limit);
}

absl::StatusOr<std::vector<v1::Proposal>> ListSubmitted(db::Tx& tx, const ProposalQuery& query) {
  constexpr const db::Query& kQuery = db::Find(sql::kProposals, "ListSubmitted");
  return tx.All(
      kQuery, [&](const db::Row& row) { return FromRow(row, query.viewer); }, query.after,
      query.call, query.track, query.lead, query.state, query.viewer.calls, query.limit);
}

}  // namespace scharnier::proposals::store
