#include "services/notifications/organisation_facts.h"

#include "common/errors/macros.h"
#include "scharnier/organisations/v1/organisation_service.pb.h"

namespace scharnier::notifications {

namespace org = ::scharnier::organisations::v1;

void WriteTo(const org::Organisation& organisation, Facts& facts) {
  facts.name = OneLine(organisation.display_name());
  facts.email = organisation.mailboxes().empty() ? "" : organisation.mailboxes(0).email();
}

absl::StatusOr<std::vector<org::Organisation>> ReadOrganisations(
    Sources& sources, const runtime::Context& ctx, const std::vector<std::string>& names) {
  org::BatchGetOrganisationsRequest request;
  request.mutable_names()->Assign(names.begin(), names.end());
  ASSIGN_OR_RETURN(
      const auto found,
      sources.organisations.Call<org::BatchGetOrganisationsResponse>(
          ctx, "scharnier.organisations.v1.OrganisationService/BatchGetOrganisations", request));
  return std::vector<org::Organisation>(found.organisations().begin(), found.organisations().end());
}

}  // namespace scharnier::notifications
