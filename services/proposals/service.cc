#include "services/proposals/service.h"

#include <utility>

#include "common/directory/directory.h"
#include "common/errors/macros.h"
#include "common/rpc/names.h"
#include "services/proposals/store/proposals.h"

namespace scharnier::proposals {

ProposalsService::ProposalsService(const host::Host& host, AskRegister ask_register,
                                   AskMandates ask_mandates)
    : db_(host.database),
      keyring_(host.keyring),
      ask_register_(std::move(ask_register)),
      ask_mandates_(std::move(ask_mandates)) {}

std::vector<rpc::ServiceTable> ProposalsService::Tables() {
  using std::bind_front;
  using Self = ProposalsService;

  rpc::ServiceTable calls("scharnier.proposals.v1.CallService");
  calls.Unary<v1::CreateCallRequest, v1::Call>("CreateCall", bind_front(&Self::CreateCall, this));
  calls.Unary<v1::UpdateCallRequest, v1::Call>("UpdateCall", bind_front(&Self::UpdateCall, this));
  calls.Unary<v1::PublishCallRequest, v1::Call>("PublishCall",
                                                bind_front(&Self::PublishCall, this));
  calls.Unary<v1::AmendCallRequest, v1::Call>("AmendCall", bind_front(&Self::AmendCall, this));
  calls.Unary<v1::GetCallRequest, v1::Call>("GetCall", bind_front(&Self::GetCall, this));
  calls.Unary<v1::ListCallsRequest, v1::ListCallsResponse>("ListCalls",
                                                           bind_front(&Self::ListCalls, this));
  calls.Unary<v1::ListInvolvedOrganisationsRequest, v1::ListInvolvedOrganisationsResponse>(
      "ListInvolvedOrganisations", bind_front(&Self::ListInvolvedOrganisations, this));

  rpc::ServiceTable ideas("scharnier.proposals.v1.IdeaService");
  ideas.Unary<v1::SubmitIdeaRequest, v1::Idea>("SubmitIdea", bind_front(&Self::SubmitIdea, this));
  ideas.Unary<v1::WithdrawIdeaRequest, v1::Idea>("WithdrawIdea",
                                                 bind_front(&Self::WithdrawIdea, this));
  ideas.Unary<v1::GetIdeaRequest, v1::Idea>("GetIdea", bind_front(&Self::GetIdea, this));
  ideas.Unary<v1::ListIdeasRequest, v1::ListIdeasResponse>("ListIdeas",
                                                           bind_front(&Self::ListIdeas, this));

  rpc::ServiceTable proposals("scharnier.proposals.v1.ProposalService");
  proposals.Unary<v1::CreateProposalRequest, v1::Proposal>("CreateProposal",
                                                           bind_front(&Self::CreateProposal, this));
  proposals.Unary<v1::UpdateProposalRequest, v1::Proposal>("UpdateProposal",
                                                           bind_front(&Self::UpdateProposal, this));
  proposals.Unary<v1::GetProposalRequest, v1::Proposal>("GetProposal",
                                                        bind_front(&Self::GetProposal, this));
  proposals.Unary<v1::ListProposalsRequest, v1::ListProposalsResponse>(
      "ListProposals", bind_front(&Self::ListProposals, this));
  proposals.Unary<v1::InvitePartnerRequest, v1::Proposal>("InvitePartner",
                                                          bind_front(&Self::InvitePartner, this));
  proposals.Unary<v1::RemovePartnerRequest, v1::Proposal>("RemovePartner",
                                                          bind_front(&Self::RemovePartner, this));
  proposals.Unary<v1::AnswerInvitationRequest, v1::Invitation>(
      "AnswerInvitation", bind_front(&Self::AnswerInvitation, this));
  proposals.Unary<v1::GetInvitationRequest, v1::Invitation>("GetInvitation",
                                                            bind_front(&Self::GetInvitation, this));
  proposals.Unary<v1::SubmitProposalRequest, v1::Proposal>("SubmitProposal",
                                                           bind_front(&Self::SubmitProposal, this));
  proposals.Unary<v1::WithdrawProposalRequest, v1::Proposal>(
      "WithdrawProposal", bind_front(&Self::WithdrawProposal, this));
  proposals.Unary<v1::GetReceiptRequest, v1::Receipt>("GetReceipt",
                                                      bind_front(&Self::GetReceipt, this));
  proposals.Unary<v1::ListReceiptsRequest, v1::ListReceiptsResponse>(
      "ListReceipts", bind_front(&Self::ListReceipts, this));

  std::vector<rpc::ServiceTable> tables;
  tables.push_back(std::move(calls));
  tables.push_back(std::move(ideas));
  tables.push_back(std::move(proposals));
  return tables;
}

absl::StatusOr<organisations::v1::Organisation> ProposalsService::FindOrganisation(
    const Context& ctx, const std::string& name) {
  ASSIGN_OR_RETURN(auto known, db_.Read(ctx, [&](db::Tx& tx) {
    return directory::FindOrganisations(tx, {name});
  }));
  if (known[0].has_value()) {
    return *std::move(known[0]);
  }
  return ask_register_(ctx, name);
}

absl::StatusOr<rules::Mandates> ProposalsService::MandatesOf(const Context& ctx) {
  return ctx.caller().is(options::v1::ROLE_PERSON) ? ask_mandates_(ctx) : rules::Mandates();
}

absl::StatusOr<v1::Proposal> ProposalsService::Current(db::Tx& tx, const rules::Mandates& held,
                                                       const std::string& name) {
  return store::GetCurrent(tx, keyring_, rpc::NameIds(name)[0], rules::OrganisationsOf(held));
}

}  // namespace scharnier::proposals
