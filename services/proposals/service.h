// File: service.h
// The methods of proposals: calls, ideas, and proposals with their partners. One method an RPC, in
// calls.cc, ideas.cc, proposals.cc, partners.cc and submit.cc; what each promises stands in the
// protos.

#ifndef SCHARNIER_SERVICES_PROPOSALS_SERVICE_H_
#define SCHARNIER_SERVICES_PROPOSALS_SERVICE_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/host/host.h"
#include "common/rpc/service_table.h"
#include "common/runtime/context.h"
#include "common/runtime/keyring.h"
#include "scharnier/organisations/v1/organisation.pb.h"
#include "scharnier/proposals/v1/call_service.pb.h"
#include "scharnier/proposals/v1/idea_service.pb.h"
#include "scharnier/proposals/v1/proposal_service.pb.h"
#include "services/proposals/rules/mandate.h"

namespace scharnier::proposals {

// Asks the register for an organisation that the copy does not have: directory::Directory::Ask.
using AskRegister = std::function<absl::StatusOr<organisations::v1::Organisation>(
    const runtime::Context& ctx, const std::string& name)>;

// Asks the register for whom the caller may act at this moment: directory::Directory::AskMandates.
using AskMandates = std::function<absl::StatusOr<rules::Mandates>(const runtime::Context& ctx)>;

// Thread-safe.
class ProposalsService {
 public:
  using Context = runtime::Context;

  ProposalsService(const host::Host& host, AskRegister ask_register, AskMandates ask_mandates);

  std::vector<rpc::ServiceTable> Tables();

  absl::StatusOr<v1::Call> CreateCall(const Context& ctx, const v1::CreateCallRequest& req);
  absl::StatusOr<v1::Call> UpdateCall(const Context& ctx, const v1::UpdateCallRequest& req);
  absl::StatusOr<v1::Call> PublishCall(const Context& ctx, const v1::PublishCallRequest& req);
  absl::StatusOr<v1::Call> AmendCall(const Context& ctx, const v1::AmendCallRequest& req);
  absl::StatusOr<v1::Call> GetCall(const Context& ctx, const v1::GetCallRequest& req);
  absl::StatusOr<v1::ListCallsResponse> ListCalls(const Context& ctx,
                                                  const v1::ListCallsRequest& req);
  absl::StatusOr<v1::ListInvolvedOrganisationsResponse> ListInvolvedOrganisations(
      const Context& ctx, const v1::ListInvolvedOrganisationsRequest& req);

  absl::StatusOr<v1::Idea> SubmitIdea(const Context& ctx, const v1::SubmitIdeaRequest& req);
  absl::StatusOr<v1::Idea> WithdrawIdea(const Context& ctx, const v1::WithdrawIdeaRequest& req);
  absl::StatusOr<v1::Idea> GetIdea(const Context& ctx, const v1::GetIdeaRequest& req);
  absl::StatusOr<v1::ListIdeasResponse> ListIdeas(const Context& ctx,
                                                  const v1::ListIdeasRequest& req);

  absl::StatusOr<v1::Proposal> CreateProposal(const Context& ctx,
                                              const v1::CreateProposalRequest& req);
  absl::StatusOr<v1::Proposal> UpdateProposal(const Context& ctx,
                                              const v1::UpdateProposalRequest& req);
  absl::StatusOr<v1::Proposal> GetProposal(const Context& ctx, const v1::GetProposalRequest& req);
  absl::StatusOr<v1::ListProposalsResponse> ListProposals(const Context& ctx,
                                                          const v1::ListProposalsRequest& req);

  absl::StatusOr<v1::Proposal> InvitePartner(const Context& ctx,
                                             const v1::InvitePartnerRequest& req);
  absl::StatusOr<v1::Proposal> RemovePartner(const Context& ctx,
                                             const v1::RemovePartnerRequest& req);
  absl::StatusOr<v1::Invitation> AnswerInvitation(const Context& ctx,
                                                  const v1::AnswerInvitationRequest& req);
  absl::StatusOr<v1::Invitation> GetInvitation(const Context& ctx,
                                               const v1::GetInvitationRequest& req);

  absl::StatusOr<v1::Proposal> SubmitProposal(const Context& ctx,
                                              const v1::SubmitProposalRequest& req);
  absl::StatusOr<v1::Proposal> WithdrawProposal(const Context& ctx,
                                                const v1::WithdrawProposalRequest& req);
  absl::StatusOr<v1::Receipt> GetReceipt(const Context& ctx, const v1::GetReceiptRequest& req);
  absl::StatusOr<v1::ListReceiptsResponse> ListReceipts(const Context& ctx,
                                                        const v1::ListReceiptsRequest& req);

 private:
  // An organisation, from the copy of the register or else from the register. Blocks. Errors:
  // NOT_FOUND RESOURCE_NOT_FOUND; UNAVAILABLE DEPENDENCY_AWAY.
  absl::StatusOr<organisations::v1::Organisation> FindOrganisation(const Context& ctx,
                                                                   const std::string& name);
  // For whom the caller may act; nobody, where they are no person. Blocks. What is written in an
  // organisation's name is judged by this, and never by the copy of the register, which may not
  // have heard of a mandate that was taken back. Errors: UNAVAILABLE DEPENDENCY_AWAY.
  absl::StatusOr<rules::Mandates> MandatesOf(const Context& ctx);
  // A proposal as an author sees it, for a repeated request.
  absl::StatusOr<v1::Proposal> Current(db::Tx& tx, const rules::Mandates& held,
                                       const std::string& name);

  db::Database& db_;
  const runtime::Keyring& keyring_;
  const AskRegister ask_register_;
  const AskMandates ask_mandates_;
};

}  // namespace scharnier::proposals

#endif  // SCHARNIER_SERVICES_PROPOSALS_SERVICE_H_
