// File: mandate.h
// What a mandate must allow.

#ifndef SCHARNIER_SERVICES_PROPOSALS_RULES_MANDATE_H_
#define SCHARNIER_SERVICES_PROPOSALS_RULES_MANDATE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/strip.h"
#include "common/errors/errors.h"
#include "scharnier/organisations/v1/mandate.pb.h"
#include "scharnier/proposals/v1/error_reason.pb.h"

namespace scharnier::proposals::rules {

using Role = organisations::v1::Mandate::Role;
inline constexpr Role kEditor = organisations::v1::Mandate::ROLE_EDITOR;
inline constexpr Role kSignatory = organisations::v1::Mandate::ROLE_SIGNATORY;

// How far a person may act, by organisation.
using Mandates = std::map<std::string, Role>;

// The organisations that a person with these mandates may act for.
inline std::vector<std::string> OrganisationsOf(const Mandates& held) {
  std::vector<std::string> organisations;
  for (const auto& [organisation, role] : held) {
    organisations.push_back(organisation);
  }
  return organisations;
}

// Whether a person with these mandates may act as far as is needed for one of the organisations.
// Errors: PERMISSION_DENIED MANDATE_NEEDED, which names the first.
inline absl::Status CheckMandate(const Mandates& held,
                                 const std::vector<std::string>& organisations, Role needed) {
  for (const std::string& organisation : organisations) {
    const auto mandate = held.find(organisation);
    if (mandate != held.end() && mandate->second >= needed) {
      return absl::OkStatus();
    }
  }
  return errors::Error(v1::ERROR_REASON_MANDATE_NEEDED,
                       "the caller has no mandate of the organisation that allows this")
      .With("organisation", organisations[0])
      .With("role", absl::StripPrefix(organisations::v1::Mandate::Role_Name(needed), "ROLE_"));
}

}  // namespace scharnier::proposals::rules

#endif  // SCHARNIER_SERVICES_PROPOSALS_RULES_MANDATE_H_
