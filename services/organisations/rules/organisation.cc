#include "services/organisations/rules/organisation.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/types/text.h"
#include "common/types/violations.h"
#include "scharnier/organisations/v1/error_reason.pb.h"
#include "services/organisations/rules/enterprise_number.h"

namespace scharnier::organisations::rules {
namespace {

using types::FieldInvalid;
using types::FieldMissing;

bool NeedsNumber(v1::Organisation::Kind kind) {
  return kind == v1::Organisation::KIND_FACILITY || kind == v1::Organisation::KIND_REFERRER;
}

absl::Status CompleteNumber(v1::Organisation& organisation) {
  constexpr char kField[] = "organisation.enterprise_number";
  if (organisation.enterprise_number().empty()) {
    return NeedsNumber(organisation.kind())
               ? FieldMissing(kField, "facilities and referrers have an enterprise number")
               : absl::OkStatus();
  }
  const std::optional<std::string> number = EnterpriseNumber(organisation.enterprise_number());
  if (!number.has_value()) {
    return FieldInvalid(kField,
                        "ten digits that begin with 0 or 1, the last two being 97 less the first "
                        "eight modulo 97");
  }
  organisation.set_enterprise_number(*number);
  return absl::OkStatus();
}

// As many as a request can bring; those that lists leave out stay, closed.
constexpr int kMostEstablishments = 200;

absl::Status CompleteEstablishments(v1::Organisation& organisation) {
  if (organisation.establishments_size() > kMostEstablishments) {
    return FieldInvalid("organisation.establishments",
                        "200 at most, with those that were left out before");
  }
  std::set<std::string> names;
  std::set<std::string> numbers;
  for (int i = 0; i < organisation.establishments_size(); ++i) {
    v1::Establishment& establishment = *organisation.mutable_establishments(i);
    const std::string path = absl::StrCat("organisation.establishments[", i, "]");
    if (!establishment.name().empty() && !names.insert(establishment.name()).second) {
      return FieldInvalid(absl::StrCat(path, ".name"), "give each establishment once");
    }
    if (establishment.number().empty()) {
      continue;
    }
    const std::optional<std::string> number = EstablishmentNumber(establishment.number());
    if (!number.has_value()) {
      return FieldInvalid(absl::StrCat(path, ".number"),
                          "ten digits that begin with 2 to 8, the last two being 97 less the first "
                          "eight modulo 97");
    }
    if (!numbers.insert(*number).second) {
      return FieldInvalid(absl::StrCat(path, ".number"), "give each establishment once");
    }
    establishment.set_number(*number);
  }
  return absl::OkStatus();
}

// Establishments are told by their number, or where they have none by their name.
bool IsSame(const v1::Establishment& a, const v1::Establishment& b) {
  if (!a.number().empty() || !b.number().empty()) {
    return a.number() == b.number();
  }
  return types::Folded(a.display_name()) == types::Folded(b.display_name());
}

}  // namespace

absl::Status Complete(v1::Organisation& organisation) {
  RETURN_IF_ERROR(CompleteNumber(organisation));
  RETURN_IF_ERROR(CompleteEstablishments(organisation));
  std::set<std::string> systems;
  for (int i = 0; i < organisation.identifiers_size(); ++i) {
    if (!systems.insert(organisation.identifiers(i).system()).second) {
      return FieldInvalid(absl::StrCat("organisation.identifiers[", i, "].system"),
                          "give one identifier a system");
    }
  }
  std::set<std::string> addresses;
  for (int i = 0; i < organisation.mailboxes_size(); ++i) {
    // Addresses were checked to be ASCII.
    if (!addresses.insert(absl::AsciiStrToLower(organisation.mailboxes(i).email())).second) {
      return FieldInvalid(absl::StrCat("organisation.mailboxes[", i, "].email"),
                          "give each address once");
    }
  }
  std::set<int> regions = {organisation.seat().region()};
  for (const v1::Establishment& establishment : organisation.establishments()) {
    if (!establishment.closed()) {
      regions.insert(establishment.address().region());
    }
  }
  organisation.mutable_regions()->Assign(regions.begin(), regions.end());
  return absl::OkStatus();
}

absl::Status CheckEstablishments(const v1::Organisation& before, const v1::Organisation& after) {
  std::set<std::string> entered;
  for (const v1::Establishment& establishment : before.establishments()) {
    entered.insert(establishment.name());
  }
  for (int i = 0; i < after.establishments_size(); ++i) {
    const std::string& name = after.establishments(i).name();
    if (!name.empty() && entered.erase(name) == 0) {
      return FieldInvalid(
          absl::StrCat("organisation.establishments[", i, "].name"),
          "leave it empty for a new establishment, or give one of this organisation");
    }
  }
  if (!entered.empty()) {
    return errors::Error(v1::ERROR_REASON_ESTABLISHMENT_LEFT_OUT,
                         "an establishment is closed, not left out")
        .With("establishment", *entered.begin())
        .Precondition("ESTABLISHMENT", *entered.begin(), "send it along, closed");
  }
  return absl::OkStatus();
}

v1::Organisation Merge(const v1::Organisation& before, const v1::Organisation& row) {
  v1::Organisation merged = row;
  merged.set_name(before.name());
  merged.set_state(before.state());
  merged.set_etag(before.etag());
  *merged.mutable_create_time() = before.create_time();
  *merged.mutable_update_time() = before.update_time();
  // What is there keeps its place, so that a list in another order changes nothing.
  merged.clear_establishments();
  std::vector<bool> known(row.establishments_size(), false);
  for (const v1::Establishment& old : before.establishments()) {
    int found = 0;
    while (found < row.establishments_size() &&
           (known[found] || !IsSame(old, row.establishments(found)))) {
      ++found;
    }
    v1::Establishment& kept = *merged.add_establishments();
    if (found == row.establishments_size()) {
      kept = old;
      kept.set_closed(true);
    } else {
      known[found] = true;
      kept = row.establishments(found);
      kept.set_name(old.name());
    }
  }
  for (int i = 0; i < row.establishments_size(); ++i) {
    if (!known[i]) {
      v1::Establishment& added = *merged.add_establishments();
      added = row.establishments(i);
      added.clear_name();
    }
  }
  return merged;
}

absl::Status RowKeys::Add(const v1::Organisation& row) {
  std::string key = row.enterprise_number();
  if (key.empty() && row.identifiers().empty()) {
    return errors::Error(v1::ERROR_REASON_ROW_WITHOUT_KEY,
                         "a row has to be known when it comes again")
        .Field("organisation.enterprise_number", "give one, or an identifier");
  }
  if (key.empty()) {
    key = absl::StrCat(row.identifiers(0).system(), "\n", row.identifiers(0).value());
  }
  if (!keys_.insert(key).second) {
    return errors::Error(v1::ERROR_REASON_ROW_TWICE, "an earlier row has the same key")
        .Field(row.enterprise_number().empty() ? "organisation.identifiers[0]"
                                               : "organisation.enterprise_number",
               "give each organisation once");
  }
  return absl::OkStatus();
}

std::string SearchText(const v1::Organisation& organisation) {
  std::string text;
  const auto append = [&text](const std::string& name) {
    for (const std::string& word : types::FoldedWords(types::Folded(name))) {
      absl::StrAppend(&text, text.empty() ? "" : " ", word);
    }
  };
  append(organisation.display_name());
  for (const v1::Establishment& establishment : organisation.establishments()) {
    if (!establishment.closed()) {
      append(establishment.display_name());
    }
  }
  return text;
}

std::vector<std::string> EstablishmentNumbers(const v1::Organisation& organisation) {
  std::vector<std::string> numbers;
  for (const v1::Establishment& establishment : organisation.establishments()) {
    if (!establishment.number().empty()) {
      numbers.push_back(establishment.number());
    }
  }
  return numbers;
}

}  // namespace scharnier::organisations::rules
