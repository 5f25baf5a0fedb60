// File: service.h
// The methods of organisations: the register and its mandates. One method an RPC, in
// organisations.cc, import.cc and mandates.cc; what each promises stands in the protos.

#ifndef SCHARNIER_SERVICES_ORGANISATIONS_SERVICE_H_
#define SCHARNIER_SERVICES_ORGANISATIONS_SERVICE_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/host/host.h"
#include "common/rpc/service_table.h"
#include "common/runtime/context.h"
#include "common/runtime/keyring.h"
#include "scharnier/organisations/v1/mandate_service.pb.h"
#include "scharnier/organisations/v1/organisation_service.pb.h"

namespace scharnier::organisations {

// Thread-safe.
class OrganisationsService {
 public:
  using Context = runtime::Context;
  using ImportCollector =
      rpc::Collector<v1::ImportOrganisationsRequest, v1::ImportOrganisationsResponse>;

  // Adds the job `expire_mandates` to the host's.
  explicit OrganisationsService(const host::Host& host);

  std::vector<rpc::ServiceTable> Tables();

  absl::StatusOr<v1::Organisation> CreateOrganisation(const Context& ctx,
                                                      const v1::CreateOrganisationRequest& req);
  absl::StatusOr<v1::Organisation> UpdateOrganisation(const Context& ctx,
                                                      const v1::UpdateOrganisationRequest& req);
  absl::StatusOr<v1::Organisation> GetOrganisation(const Context& ctx,
                                                   const v1::GetOrganisationRequest& req);
  absl::StatusOr<v1::BatchGetOrganisationsResponse> BatchGetOrganisations(
      const Context& ctx, const v1::BatchGetOrganisationsRequest& req);
  absl::StatusOr<v1::ListOrganisationsResponse> ListOrganisations(
      const Context& ctx, const v1::ListOrganisationsRequest& req);
  absl::StatusOr<v1::SearchOrganisationsResponse> SearchOrganisations(
      const Context& ctx, const v1::SearchOrganisationsRequest& req);
  std::unique_ptr<ImportCollector> ImportOrganisations();

  absl::StatusOr<v1::Mandate> CreateMandate(const Context& ctx,
                                            const v1::CreateMandateRequest& req);
  absl::StatusOr<v1::Mandate> AcceptMandate(const Context& ctx,
                                            const v1::AcceptMandateRequest& req);
  absl::StatusOr<v1::Mandate> RevokeMandate(const Context& ctx,
                                            const v1::RevokeMandateRequest& req);
  absl::StatusOr<v1::Mandate> GetMandate(const Context& ctx, const v1::GetMandateRequest& req);
  absl::StatusOr<v1::ListMandatesResponse> ListMandates(const Context& ctx,
                                                        const v1::ListMandatesRequest& req);
  absl::StatusOr<v1::FindHeldMandatesResponse> FindHeldMandates(
      const Context& ctx, const v1::FindHeldMandatesRequest& req);

  // The job: writes the state of invitations that nobody has accepted in time.
  absl::Status ExpireMandates(const Context& ctx);

 private:
  db::Database& db_;
  const runtime::Keyring& keyring_;
};

}  // namespace scharnier::organisations

#endif  // SCHARNIER_SERVICES_ORGANISATIONS_SERVICE_H_
