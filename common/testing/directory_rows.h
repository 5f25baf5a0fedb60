// File: directory_rows.h
// Rows of the copy of the organisations register (common/directory), for tests without a register.

#ifndef SCHARNIER_COMMON_TESTING_DIRECTORY_ROWS_H_
#define SCHARNIER_COMMON_TESTING_DIRECTORY_ROWS_H_

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/testing/postgres.h"
#include "scharnier/organisations/v1/mandate.pb.h"
#include "scharnier/organisations/v1/organisation.pb.h"

namespace scharnier::testing {

// Puts an organisation, which has its name, into the copy.
inline void CopyOrganisation(const TestDatabase& database,
                             const organisations::v1::Organisation& organisation) {
  const std::string id = organisation.name().substr(organisation.name().find('/') + 1);
  database.Sql(absl::StrCat("INSERT INTO directory_organisation VALUES ('", id, "', 1, '\\x",
                            absl::BytesToHexString(organisation.SerializeAsString()), "')"));
}

// Puts a mandate of the organisation of that name into the copy.
inline void CopyMandate(const TestDatabase& database, const std::string& organisation,
                        const std::string& person_key, organisations::v1::Mandate::Role role,
                        bool in_force = true) {
  const std::string id = organisation.substr(organisation.find('/') + 1);
  database.Sql(absl::StrCat("INSERT INTO directory_mandate VALUES (gen_random_uuid(), 1, '", id,
                            "', '", person_key, "', '", person_key, "', ", static_cast<int>(role),
                            ", ", in_force ? "true" : "false", ")"));
}

}  // namespace scharnier::testing

#endif  // SCHARNIER_COMMON_TESTING_DIRECTORY_ROWS_H_
