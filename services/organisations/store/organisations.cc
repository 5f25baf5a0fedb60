#include "services/organisations/store/organisations.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/db/message_column.h"
#include "common/db/parts.h"
#include "common/db/root_columns.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/runtime/uuid.h"
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

// Writes all columns by a query of InsertOrganisations' parameters, then the identifiers.
absl::Status Write(db::Tx& tx, const db::Query& query,
                   const std::vector<v1::Organisation>& organisations, absl::Time now) {
  constexpr const db::Query& kDelete = db::Find(sql::kOrganisations, "DeleteIdentifiers");
  constexpr const db::Query& kInsert = db::Find(sql::kOrganisations, "InsertIdentifiers");
  std::vector<std::string> ids, establishment_numbers, regions, search_texts;
  std::vector<std::optional<std::string>> numbers;
  std::vector<int> states, kinds;
  std::vector<db::Bytes> bodies, personals;
  std::vector<std::string> identified, systems, values;
  for (const v1::Organisation& organisation : organisations) {
    ids.push_back(db::LastId(organisation.name()));
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
      identified.push_back(ids.back());
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
constexpr size_t kWords = 5;
// How many names that look alike are looked at more closely.
constexpr int kLookAlikes = 100;

// The first words of a search as patterns of LIKE; none where there is no word.
std::vector<std::string> Patterns(const std::string& text) {
  std::vector<std::string> patterns;
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (patterns.size() == kWords) {
      break;
    }
    patterns.push_back(absl::StrCat(
        "%", absl::StrReplaceAll(word, {{"\\", "\\\\"}, {"%", "\\%"}, {"_", "\\_"}}), "%"));
  }
  return patterns;
}

}  // namespace

absl::Status InsertOrganisations(db::Tx& tx, std::vector<v1::Organisation>& organisations,
                                 absl::Time now) {
  constexpr const db::Query& kInsert = db::Find(sql::kOrganisations, "InsertOrganisations");
  for (v1::Organisation& organisation : organisations) {
    if (organisation.name().empty()) {
      organisation.set_name(absl::StrCat("organisations/", runtime::NewUuid()));
    }
    NameEstablishments(organisation);
    organisation.set_etag(types::Etag(1));
    *organisation.mutable_create_time() = types::ToProto(now);
    *organisation.mutable_update_time() = types::ToProto(now);
  }
  return Write(tx, kInsert, organisations, now);
}

absl::Status SaveOrganisations(db::Tx& tx, std::vector<v1::Organisation>& organisations,
                               absl::Time now) {
  constexpr const db::Query& kSave = db::Find(sql::kOrganisations, "SaveOrganisations");
  for (v1::Organisation& organisation : organisations) {
    NameEstablishments(organisation);
    ASSIGN_OR_RETURN(const int64_t version, types::EtagVersion(organisation.etag()));
    organisation.set_etag(types::Etag(version + 1));
    *organisation.mutable_update_time() = types::ToProto(now);
  }
  return Write(tx, kSave, organisations, now);
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
  std::vector<std::string> ids;
  for (const std::string& name : names) {
    ids.push_back(db::LastId(name));
  }
  ASSIGN_OR_RETURN(const auto found, tx.All(kGet, FromRow, ids));
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
  constexpr const db::Query& kByWords = db::Find(sql::kOrganisations, "FindByWords");
  constexpr const db::Query& kAlike = db::Find(sql::kOrganisations, "FindBySimilarity");
  if (query.enterprise_number.has_value() || query.establishment_number.has_value()) {
    return tx.All(kByNumber, FromRow, query.enterprise_number, query.establishment_number,
                  query.region, query.kind, query.limit);
  }
  std::vector<std::string> words = Patterns(query.text);
  if (words.empty()) {
    return std::vector<v1::Organisation>();  // accents without a letter
  }
  words.resize(kWords, "%");
  ASSIGN_OR_RETURN(auto found, tx.All(kByWords, FromRow, words[0], words[1], words[2], words[3],
                                      words[4], query.region, query.kind, query.limit));
  if (!found.empty()) {
    return found;
  }
  // Likeness by letters in common finds them; slips of the hand tell which was meant.
  ASSIGN_OR_RETURN(found,
                   tx.All(kAlike, FromRow, query.text, query.region, query.kind, kLookAlikes));
  std::vector<std::pair<int, size_t>> order;  // slips, then likeness
  for (size_t i = 0; i < found.size(); ++i) {
    order.emplace_back(rules::Slips(query.text, rules::SearchText(found[i])), i);
  }
  std::sort(order.begin(), order.end());
  std::vector<v1::Organisation> ranked;
  for (const auto& [slips, i] : order) {
    if (static_cast<int>(ranked.size()) < query.limit) {
      ranked.push_back(std::move(found[i]));
    }
  }
  return ranked;
}

}  // namespace scharnier::organisations::store
