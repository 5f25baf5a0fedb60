// File: organisation.h
// What an organisation has to be, and how it may change.

#ifndef SCHARNIER_SERVICES_ORGANISATIONS_RULES_ORGANISATION_H_
#define SCHARNIER_SERVICES_ORGANISATIONS_RULES_ORGANISATION_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "scharnier/organisations/v1/organisation.pb.h"

namespace scharnier::organisations::rules {

// Brings numbers to their normal form and fills in the regions, and checks what field rules cannot:
// a facility or referrer has an enterprise number, each system one identifier, numbers are numbers,
// nothing stands there twice. Errors: INVALID_ARGUMENT FIELD_MISSING, FIELD_INVALID below
// "organisation".
absl::Status Complete(v1::Organisation& organisation);

// Whether an update may leave these establishments: each that was entered is still there, and no
// name is another organisation's. Errors: FAILED_PRECONDITION ESTABLISHMENT_LEFT_OUT;
// INVALID_ARGUMENT FIELD_INVALID.
absl::Status CheckEstablishments(const v1::Organisation& before, const v1::Organisation& after);

// What a row of an import makes of an organisation that is there: all that the row says, with the
// establishments that are known by their number, or where it has none by their name; those that the
// row leaves out are closed. Both are complete.
v1::Organisation Merge(const v1::Organisation& before, const v1::Organisation& row);

// The keys of an import's rows, by which each is known when it comes again: the enterprise number,
// or, where there is none, the first identifier.
class RowKeys {
 public:
  // Takes the next row, which is complete. Errors: INVALID_ARGUMENT ROW_WITHOUT_KEY, ROW_TWICE.
  absl::Status Add(const v1::Organisation& row);

 private:
  std::set<std::string> keys_;
};

// What the search looks in: the words of the names of the organisation and of its open
// establishments, folded, with blanks between.
std::string SearchText(const v1::Organisation& organisation);

// The numbers of its establishments.
std::vector<std::string> EstablishmentNumbers(const v1::Organisation& organisation);

}  // namespace scharnier::organisations::rules

#endif  // SCHARNIER_SERVICES_ORGANISATIONS_RULES_ORGANISATION_H_
