// File: mandate.h
// What a mandate must allow.

#ifndef SCHARNIER_SERVICES_PROPOSALS_RULES_MANDATE_H_
#define SCHARNIER_SERVICES_PROPOSALS_RULES_MANDATE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/strip.h"
#include "common/errors/errors.h"
#include "scharnier/organisations/v1/mandate.pb.h"
#include "scharnier/proposals/v1/error_reason.pb.h"

namespace scharnier::proposals::rules {

using Role = organisations::v1::Mandate::Role;
inline constexpr Role kEditor = organisations::v1::Mandate::ROLE_EDITOR;
inline constexpr Role kSignatory = organisations::v1::Mandate::ROLE_SIGNATORY;

// Whether a mandate of an organisation goes as far as is needed. Errors: PERMISSION_DENIED
// MANDATE_NEEDED.
inline absl::Status CheckMandate(Role has, Role needed, const std::string& organisation) {
  if (has >= needed) {
    return absl::OkStatus();
  }
  return errors::Error(v1::ERROR_REASON_MANDATE_NEEDED,
                       "the caller has no mandate of the organisation that allows this")
      .With("organisation", organisation)
      .With("role", absl::StripPrefix(organisations::v1::Mandate::Role_Name(needed), "ROLE_"));
}

}  // namespace scharnier::proposals::rules

#endif  // SCHARNIER_SERVICES_PROPOSALS_RULES_MANDATE_H_
