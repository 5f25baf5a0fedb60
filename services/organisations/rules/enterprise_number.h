// File: enterprise_number.h
// Numbers of the Crossroads Bank for Enterprises (KBO): of enterprises and of their establishments.
//
// Source: law of 16 January 2003, now Code of Economic Law III.15 and following, and the FPS
// Economy's description of the numbers: ten digits, of which the last two are 97 less the first
// eight modulo 97.

#ifndef SCHARNIER_SERVICES_ORGANISATIONS_RULES_ENTERPRISE_NUMBER_H_
#define SCHARNIER_SERVICES_ORGANISATIONS_RULES_ENTERPRISE_NUMBER_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace scharnier::organisations::rules {

// The ten digits of an enterprise number, which begin with 0 or 1, however it is spelt:
// "0123.456.749", "BE 0123 456 749", and "123456749", as spreadsheets make of it. nullopt for what
// is none. Base 0 passes the check and is nobody's.
std::optional<std::string> EnterpriseNumber(absl::string_view text);

// The ten digits of an establishment's number, which begin with 2 to 8.
std::optional<std::string> EstablishmentNumber(absl::string_view text);

}  // namespace scharnier::organisations::rules

#endif  // SCHARNIER_SERVICES_ORGANISATIONS_RULES_ENTERPRISE_NUMBER_H_
