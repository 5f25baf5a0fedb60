#include "services/organisations/store/organisations.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/db/message_column.h"
#include "common/db/parts.h"
#include "common/db/root_columns.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/runtime/uuid.h"
#include "common/types/text.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/organisations/rules/organisation.h"
#include "services/organisations/rules/search.h"
#include "services/organisations/sql/organisations.sql.h"

namespace scharnier::organisations::store {
namespace {

// The body keeps what its columns say too: they are there to be looked for, and change with it.
db::Bytes Body(v1::Organisation organisation) {
  organisation.clear_name();
  db::ClearRoot(organisation);
  return db::BodyPart(organisation);
}

absl::StatusOr<v1::Organisation> FromRow(const db::Row& row) {
  ASSIGN_OR_RETURN(auto organisation, db::ReadMessage<v1::Organisation>(row, "body"));
  RETURN_IF_ERROR(db::JoinPersonal(row, organisation));
  organisation.set_name(absl::StrCat("organisations/", row.Get<std::string>("id")));
  db::ReadRoot(row, organisation);
  return organisation;
}

std::vector<std::string> Ids(const std::vector<v1::Organisation>& organisations) {
  std::vector<std::string> ids;
  for (const v1::Organisation& organisation : organisations) {
    ids.push_back(db::LastId(organisation.name()));
  }
  return ids;
}

// Writes all columns by a query of InsertOrganisations' parameters, then the identifiers.
absl::Status WriteRows(db::Tx& tx, const db::Query& query,
                       const std::vector<v1::Organisation>& organisations, absl::Time now) {
  constexpr const db::Query& kDelete = db::Find(sql::kOrganisations, "DeleteIdentifiers");
  constexpr const db::Query& kInsert = db::Find(sql::kOrganisations, "InsertIdentifiers");
  const std::vector<std::string> ids = Ids(organisations);
  std::vector<std::string> establishment_numbers, regions, search_texts;
  std::vector<std::optional<std::string>> numbers;
  std::vector<int> states, kinds;
  std::vector<db::Bytes> bodies, personals;
  std::vector<std::string> identified, systems, values;
  for (const v1::Organisation& organisation : organisations) {
    states.push_back(organisation.state());
    kinds.push_back(organisation.kind());
    numbers.push_back(organisation.enterprise_number().empty()
                          ? std::nullopt
                          : std::optional(organisation.enterprise_number()));
    establishment_numbers.push_back(*db::Param(rules::EstablishmentNumbers(organisation)).text());
    regions.push_back(
        *db::Param(std::vector<int>(organisation.regions().begin(), organisation.regions().end()))
             .text());
    search_texts.push_back(rules::SearchText(organisation));
    bodies.push_back(Body(organisation));
    personals.push_back(db::PersonalPart(organisation));
    for (const v1::Identifier& identifier : organisation.identifiers()) {
      identified.push_back(db::LastId(organisation.name()));
      systems.push_back(identifier.system());
      values.push_back(identifier.value());
    }
  }
  absl::Status status = tx.Exec(query, ids, states, kinds, numbers, establishment_numbers, regions,
                                search_texts, now, bodies, personals)
                            .status();
  if (status.ok()) {
    status = tx.Exec(kDelete, ids).status();
  }
  if (status.ok()) {
    status = tx.Exec(kInsert, identified, systems, values).status();
  }
  const std::string violated = db::ViolatedConstraint(status);
  if (violated == "organisation_enterprise_number" || violated == "identifier_once") {
    return errors::Error(types::v1::ERROR_REASON_CONFLICT,
                         "an organisation with the same number or identifier was entered");
  }
  return status;
}

void NameEstablishments(v1::Organisation& organisation) {
  for (v1::Establishment& establishment : *organisation.mutable_establishments()) {
    if (establishment.name().empty()) {
      establishment.set_name(
          absl::StrCat(organisation.name(), "/establishments/", runtime::NewUuid()));
    }
  }
}

// Those that have a number or an identifier of one of `wanted`, read by `query` of their ids.
absl::StatusOr<std::vector<v1::Organisation>> ReadTaken(db::Tx& tx,
                                                        const std::vector<v1::Organisation>& wanted,
                                                        const db::Query& query) {
  constexpr const db::Query& kFind = db::Find(sql::kOrganisations, "FindTaken");
  std::vector<std::string> numbers, systems, values;
  for (const v1::Organisation& organisation : wanted) {
    if (!organisation.enterprise_number().empty()) {
      numbers.push_back(organisation.enterprise_number());
    }
    for (const v1::Identifier& identifier : organisation.identifiers()) {
      systems.push_back(identifier.system());
      values.push_back(identifier.value());
    }
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                   tx.All(
                       kFind, [](const db::Row& row) { return row.Get<std::string>("id"); },
                       numbers, systems, values));
  if (ids.empty()) {
    return std::vector<v1::Organisation>();
  }
  return tx.All(query, FromRow, ids);
}

// How many words of a search count.
constexpr size_t kMostWords = 5;
// How many of the names that may be meant are compared with what was typed, however few are asked
// for: the best of them may stand far behind.
constexpr int kCandidates = 100;

// Words of fewer letters are the beginnings of words, whatever they look like: the index of parts
// of words knows three letters that stand together.
bool IsShort(const std::string& word) { return types::CodePoints(word) < 3; }

// The words that a word is, or is a part of, as a pattern of LIKE; it has letters and digits alone.
std::string Pattern(const std::string& word) {
  return absl::StrCat(IsShort(word) ? "" : "%", word, "%");
}

// Whether a search is for one word and nothing else, so that the shortest names with it answer it.
bool IsPlain(size_t words, const SearchQuery& query) {
  return words == 1 && !query.region.has_value() && !query.kind.has_value();
}

std::string Typed(const SearchQuery& query) { return absl::StrJoin(query.words, " "); }

// Those that have in their names, for each list of patterns, a word that is like one of them; of
// these the `limit` best.
absl::StatusOr<std::vector<v1::Organisation>> FindByAll(
    db::Tx& tx, const std::vector<std::vector<std::string>>& asked, const SearchQuery& query,
    int limit) {
  constexpr const db::Query& kByWords = db::Find(sql::kOrganisations, "FindByWords");
  std::vector<int> numbers;
  std::vector<std::string> patterns;
  for (size_t i = 0; i < asked.size(); ++i) {
    numbers.insert(numbers.end(), asked[i].size(), static_cast<int>(i));
    patterns.insert(patterns.end(), asked[i].begin(), asked[i].end());
  }
  return tx.All(kByWords, FromRow, numbers, patterns, query.region, query.kind, Typed(query),
                limit);
}

// Those that have all words of the query in their names.
absl::StatusOr<std::vector<v1::Organisation>> FindFitting(db::Tx& tx, const SearchQuery& query) {
  constexpr const db::Query& kByWord = db::Find(sql::kOrganisations, "FindByWord");
  if (IsPlain(query.words.size(), query)) {
    return tx.All(kByWord, FromRow, Pattern(query.words[0]), query.words[0], query.limit);
  }
  std::vector<std::vector<std::string>> asked;
  for (const std::string& word : query.words) {
    asked.push_back({Pattern(word)});
  }
  return FindByAll(tx, asked, query, query.limit);
}

// For each word, those of the register's words that may be meant by it.
absl::StatusOr<std::vector<std::vector<std::string>>> FindMeant(
    db::Tx& tx, const std::vector<std::string>& words) {
  constexpr const db::Query& kAlike = db::Find(sql::kOrganisations, "FindAlike");
  ASSIGN_OR_RETURN(const auto found, tx.All(
                                         kAlike,
                                         [](const db::Row& row) {
                                           return std::pair(row.Get<int>("n"),
                                                            row.Get<std::string>("word"));
                                         },
                                         words));
  std::vector<std::vector<std::string>> alike(words.size());
  for (const auto& [n, word] : found) {
    alike[n - 1].push_back(word);
  }
  std::vector<std::vector<std::string>> meant;
  for (size_t i = 0; i < words.size(); ++i) {
    meant.push_back(rules::Nearest(words[i], alike[i]));
  }
  return meant;
}

// Those of `found` whose slips are forgiven, the fewest first, then as they stand.
std::vector<v1::Organisation> Ranked(std::vector<v1::Organisation> found,
                                     const SearchQuery& query) {
  const std::string typed = Typed(query);
  std::vector<std::pair<int, size_t>> order;  // slips, then place
  for (size_t i = 0; i < found.size(); ++i) {
    const int slips = rules::Slips(typed, rules::SearchText(found[i]));
    if (slips <= rules::Forgiven(typed)) {
      order.emplace_back(slips, i);
    }
  }
  std::sort(order.begin(), order.end());
  order.resize(std::min<size_t>(order.size(), query.limit));
  std::vector<v1::Organisation> ranked;
  for (const auto& [slips, i] : order) {
    ranked.push_back(std::move(found[i]));
  }
  return ranked;
}

// Those with the words that may be meant by the query's, which nobody has all; else with some.
absl::StatusOr<std::vector<v1::Organisation>> FindLookAlikes(db::Tx& tx, const SearchQuery& query) {
  constexpr const db::Query& kByAny = db::Find(sql::kOrganisations, "FindByAnyWord");
  std::vector<std::string> typed;
  std::vector<std::vector<std::string>> asked;
  for (const std::string& word : query.words) {
    if (IsShort(word)) {
      asked.push_back({Pattern(word)});
    } else {
      typed.push_back(word);
    }
  }
  ASSIGN_OR_RETURN(const auto meant, FindMeant(tx, typed));
  std::vector<std::string> all;
  for (size_t i = 0; i < typed.size(); ++i) {
    all.insert(all.end(), meant[i].begin(), meant[i].end());
    if (!meant[i].empty()) {
      const bool fits = absl::StrContains(meant[i][0], typed[i]);
      asked.push_back(fits ? std::vector<std::string>{Pattern(typed[i])} : meant[i]);
    }
  }
  if (all.empty()) {
    return std::vector<v1::Organisation>();
  }
  std::vector<v1::Organisation> found;
  if (!IsPlain(asked.size(), query)) {
    ASSIGN_OR_RETURN(found, FindByAll(tx, asked, query, kCandidates));
  }
  if (found.empty()) {
    ASSIGN_OR_RETURN(found, tx.All(kByAny, FromRow, all, query.region, query.kind, kCandidates));
  }
  return Ranked(std::move(found), query);
}

}  // namespace

absl::Status WriteOrganisations(db::Tx& tx, std::vector<v1::Organisation>& changed,
                                std::vector<v1::Organisation>& made, absl::Time now) {
  constexpr const db::Query& kForget = db::Find(sql::kOrganisations, "DeleteNameWords");
  constexpr const db::Query& kSave = db::Find(sql::kOrganisations, "SaveOrganisations");
  constexpr const db::Query& kInsert = db::Find(sql::kOrganisations, "InsertOrganisations");
  constexpr const db::Query& kName = db::Find(sql::kOrganisations, "InsertNameWords");
  for (v1::Organisation& organisation : changed) {
    NameEstablishments(organisation);
    ASSIGN_OR_RETURN(const int64_t version, types::EtagVersion(organisation.etag()));
    organisation.set_etag(types::Etag(version + 1));
    *organisation.mutable_update_time() = types::ToProto(now);
  }
  for (v1::Organisation& organisation : made) {
    if (organisation.name().empty()) {
      organisation.set_name(absl::StrCat("organisations/", runtime::NewUuid()));
    }
    NameEstablishments(organisation);
    organisation.set_etag(types::Etag(1));
    *organisation.mutable_create_time() = types::ToProto(now);
    *organisation.mutable_update_time() = types::ToProto(now);
  }
  std::vector<std::string> ids = Ids(changed);
  if (!changed.empty()) {
    RETURN_IF_ERROR(tx.Exec(kForget, ids).status());
    RETURN_IF_ERROR(WriteRows(tx, kSave, changed, now));
  }
  if (!made.empty()) {
    RETURN_IF_ERROR(WriteRows(tx, kInsert, made, now));
  }
  for (std::string& id : Ids(made)) {
    ids.push_back(std::move(id));
  }
  return tx.Exec(kName, ids).status();
}

absl::StatusOr<std::vector<v1::Organisation>> FindTaken(
    db::Tx& tx, const std::vector<v1::Organisation>& wanted) {
  constexpr const db::Query& kGet = db::Find(sql::kOrganisations, "GetOrganisations");
  return ReadTaken(tx, wanted, kGet);
}

absl::StatusOr<std::vector<v1::Organisation>> LockTaken(
    db::Tx& tx, const std::vector<v1::Organisation>& wanted) {
  constexpr const db::Query& kLock = db::Find(sql::kOrganisations, "LockOrganisations");
  return ReadTaken(tx, wanted, kLock);
}

absl::StatusOr<v1::Organisation> LockOrganisation(db::Tx& tx, const std::string& id) {
  constexpr const db::Query& kLock = db::Find(sql::kOrganisations, "LockOrganisations");
  return db::Named(tx.One(kLock, FromRow, std::vector<std::string>{id}),
                   absl::StrCat("organisations/", id));
}

absl::StatusOr<std::vector<v1::Organisation>> GetOrganisations(
    db::Tx& tx, const std::vector<std::string>& names) {
  constexpr const db::Query& kGet = db::Find(sql::kOrganisations, "GetOrganisations");
  ASSIGN_OR_RETURN(const auto found, tx.All(kGet, FromRow, db::LastIds(names)));
  std::map<std::string, const v1::Organisation*> by_name;
  for (const v1::Organisation& organisation : found) {
    by_name[organisation.name()] = &organisation;
  }
  std::vector<v1::Organisation> answers;
  for (const std::string& name : names) {
    const auto known = by_name.find(name);
    if (known == by_name.end()) {
      return errors::Error(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND,
                           "there is no such organisation")
          .With("name", name);
    }
    answers.push_back(*known->second);
  }
  return answers;
}

absl::StatusOr<std::vector<v1::Organisation>> ListOrganisations(db::Tx& tx,
                                                                const OrganisationQuery& query) {
  constexpr const db::Query& kList = db::Find(sql::kOrganisations, "ListOrganisations");
  return tx.All(kList, FromRow, query.after, query.kind, query.state, query.region, query.limit);
}

absl::StatusOr<std::vector<v1::Organisation>> SearchOrganisations(db::Tx& tx,
                                                                  const SearchQuery& query) {
  constexpr const db::Query& kByNumber = db::Find(sql::kOrganisations, "FindByNumber");
  if (query.enterprise_number.has_value() || query.establishment_number.has_value()) {
    return tx.All(kByNumber, FromRow, query.enterprise_number, query.establishment_number,
                  query.region, query.kind, query.limit);
  }
  if (query.words.empty()) {
    return std::vector<v1::Organisation>();  // accents without a letter
  }
  SearchQuery asked = query;
  asked.words.resize(std::min(asked.words.size(), kMostWords));
  ASSIGN_OR_RETURN(auto found, FindFitting(tx, asked));
  return found.empty() ? FindLookAlikes(tx, asked) : std::move(found);
}

}  // namespace scharnier::organisations::store
