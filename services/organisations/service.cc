#include "services/organisations/service.h"

#include <functional>
#include <utility>

#include "common/jobs/jobs.h"

namespace scharnier::organisations {

OrganisationsService::OrganisationsService(const host::Host& host)
    : db_(host.database), keyring_(host.keyring) {
  host.jobs.Add({.name = "expire_mandates",
                 .every = absl::Hours(1),
                 .run = [this](const Context& ctx) { return ExpireMandates(ctx); }});
}

std::vector<rpc::ServiceTable> OrganisationsService::Tables() {
  using std::bind_front;
  using Self = OrganisationsService;

  rpc::ServiceTable register_table("scharnier.organisations.v1.OrganisationService");
  register_table.Unary<v1::CreateOrganisationRequest, v1::Organisation>(
      "CreateOrganisation", bind_front(&Self::CreateOrganisation, this));
  register_table.Unary<v1::UpdateOrganisationRequest, v1::Organisation>(
      "UpdateOrganisation", bind_front(&Self::UpdateOrganisation, this));
  register_table.Unary<v1::GetOrganisationRequest, v1::Organisation>(
      "GetOrganisation", bind_front(&Self::GetOrganisation, this));
  register_table.Unary<v1::BatchGetOrganisationsRequest, v1::BatchGetOrganisationsResponse>(
      "BatchGetOrganisations", bind_front(&Self::BatchGetOrganisations, this));
  register_table.Unary<v1::ListOrganisationsRequest, v1::ListOrganisationsResponse>(
      "ListOrganisations", bind_front(&Self::ListOrganisations, this));
  register_table.Unary<v1::SearchOrganisationsRequest, v1::SearchOrganisationsResponse>(
      "SearchOrganisations", bind_front(&Self::SearchOrganisations, this));
  register_table.Collect<v1::ImportOrganisationsRequest, v1::ImportOrganisationsResponse>(
      "ImportOrganisations", [this](const Context&) { return ImportOrganisations(); });

  rpc::ServiceTable mandates("scharnier.organisations.v1.MandateService");
  mandates.Unary<v1::CreateMandateRequest, v1::Mandate>("CreateMandate",
                                                        bind_front(&Self::CreateMandate, this));
  mandates.Unary<v1::AcceptMandateRequest, v1::Mandate>("AcceptMandate",
                                                        bind_front(&Self::AcceptMandate, this));
  mandates.Unary<v1::RevokeMandateRequest, v1::Mandate>("RevokeMandate",
                                                        bind_front(&Self::RevokeMandate, this));
  mandates.Unary<v1::GetMandateRequest, v1::Mandate>("GetMandate",
                                                     bind_front(&Self::GetMandate, this));
  mandates.Unary<v1::ListMandatesRequest, v1::ListMandatesResponse>(
      "ListMandates", bind_front(&Self::ListMandates, this));
  mandates.Unary<v1::FindHeldMandatesRequest, v1::FindHeldMandatesResponse>(
      "FindHeldMandates", bind_front(&Self::FindHeldMandates, this));

  std::vector<rpc::ServiceTable> tables;
  tables.push_back(std::move(register_table));
  tables.push_back(std::move(mandates));
  return tables;
}

}  // namespace scharnier::organisations
