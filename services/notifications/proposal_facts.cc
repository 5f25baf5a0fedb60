#include "services/notifications/proposal_facts.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/errors/macros.h"
#include "common/types/civil.h"
#include "common/types/deadline.h"
#include "common/types/timestamp.h"
#include "scharnier/proposals/v1/call_service.pb.h"
#include "scharnier/proposals/v1/idea_service.pb.h"
#include "scharnier/proposals/v1/proposal_service.pb.h"
#include "services/notifications/links.h"
#include "services/notifications/organisation_facts.h"

namespace scharnier::notifications {
namespace {

namespace ms = ::kainjow::mustache;
namespace org = ::scharnier::organisations::v1;
namespace prop = ::scharnier::proposals::v1;

constexpr char kContact[] = "people/0";

const prop::Track& TrackOf(const prop::Call& call, const std::string& name) {
  const auto found = std::find_if(call.tracks().begin(), call.tracks().end(),
                                  [&](const prop::Track& track) { return track.name() == name; });
  return found == call.tracks().end() ? prop::Track::default_instance() : *found;
}

// Until when proposals are written, in words; false where nothing closes. A track's own milestone
// stands in the place of the call's.
ms::data ProposalsUntil(const prop::Call& call, const prop::Track& track) {
  for (const auto* milestones : {&track.milestones(), &call.milestones()}) {
    for (const prop::Milestone& milestone : *milestones) {
      if (milestone.gate() == prop::Milestone::GATE_PROPOSAL) {
        const auto& deadline = milestone.when().deadline();
        return deadline.strictness() == ::scharnier::types::v1::STRICTNESS_HARD
                   ? ms::data(types::InDutch(deadline))
                   : ms::data(ms::data::type::bool_false);
      }
    }
  }
  return ms::data(ms::data::type::bool_false);
}

template <class Marked>
ms::data IsLate(const Marked& marked, int late) {
  const bool is_late =
      std::find(marked.marks().begin(), marked.marks().end(), late) != marked.marks().end();
  return ms::data(is_late ? ms::data::type::bool_true : ms::data::type::bool_false);
}

void WriteTo(const prop::Person& person, Facts& facts) {
  facts.name = person.full_name();
  facts.email = person.email();
}

std::string NameOf(const org::Organisation& organisation) {
  return OneLine(organisation.display_name());
}

absl::StatusOr<prop::Call> ReadCallOf(Sources& sources, const runtime::Context& ctx,
                                      const std::string& track) {
  return Get<prop::Call, prop::GetCallRequest>(sources.proposals, ctx,
                                               "scharnier.proposals.v1.CallService/GetCall",
                                               track.substr(0, track.find("/tracks/")));
}

absl::StatusOr<prop::Proposal> ReadProposal(Sources& sources, const runtime::Context& ctx,
                                            const std::string& name) {
  return Get<prop::Proposal, prop::GetProposalRequest>(
      sources.proposals, ctx, "scharnier.proposals.v1.ProposalService/GetProposal", name);
}

}  // namespace

Facts FactsOf(const prop::Idea& idea, const prop::Call& call,
              const org::Organisation& organisation) {
  Facts facts{.title = OneLine(idea.title()), .contact = call.contact_email()};
  WriteTo(idea.contact(), facts);
  facts.words.set("reference", idea.reference());
  facts.words.set("late", IsLate(idea, prop::Idea::MARK_LATE));
  facts.table = {
      {"Oproep", OneLine(call.title().nl())},
      {"Spoor", OneLine(TrackOf(call, idea.track()).title().nl())},
      {"Idee", facts.title},
      {"Organisatie", NameOf(organisation)},
      {"Ontvangen", types::InstantInDutch(types::FromProto(idea.receive_time()))},
      {"Referentie", idea.reference()},
  };
  return facts;
}

Facts FactsOf(const InvitationParts& parts, const std::string& recipient) {
  const prop::Track& track = TrackOf(parts.call, parts.invitation.track());
  Facts facts{.title = OneLine(parts.invitation.title())};
  Facts other;
  WriteTo(parts.contact, recipient == kContact ? facts : other);
  WriteTo(parts.invited, recipient == kContact ? other : facts);
  facts.contact = other.email;
  facts.words.set("lead", NameOf(parts.lead));
  facts.words.set("partner", NameOf(parts.invited));
  facts.words.set("until", ProposalsUntil(parts.call, track));
  facts.table = {
      {"Oproep", OneLine(parts.call.title().nl())},
      {"Spoor", OneLine(track.title().nl())},
      {"Voorstel", facts.title},
      {"Trekker", NameOf(parts.lead)},
      {"Gevraagde partner", NameOf(parts.invited)},
  };
  return facts;
}

Facts FactsOf(const ReceiptParts& parts, const std::string& recipient) {
  const prop::Receipt& receipt = parts.receipt;
  const prop::Track& track = TrackOf(parts.call, parts.proposal.track());
  Facts facts{.title = OneLine(receipt.title()), .contact = parts.call.contact_email()};
  if (recipient == kContact) {
    WriteTo(receipt.contact(), facts);
  } else {
    const auto partner = std::find_if(parts.partners.begin(), parts.partners.end(),
                                      [&](const auto& each) { return each.name() == recipient; });
    if (partner != parts.partners.end()) {
      WriteTo(*partner, facts);
    }
  }
  facts.words.set("late", IsLate(receipt, prop::Proposal::MARK_LATE));
  facts.words.set("until", ProposalsUntil(parts.call, track));
  std::vector<std::string> partners;
  std::transform(parts.partners.begin(), parts.partners.end(), std::back_inserter(partners),
                 NameOf);
  facts.table = {
      {"Oproep", OneLine(parts.call.title().nl())},
      {"Spoor", OneLine(track.title().nl())},
      {"Voorstel", facts.title},
      {"Trekker", NameOf(parts.lead)},
      {"Partners", partners.empty() ? "geen" : absl::StrJoin(partners, ", ")},
      {"Ontvangen", types::InstantInDutch(types::FromProto(receipt.receive_time()))},
      {"Versie", absl::StrCat(receipt.number())},
      {"Referentie", receipt.reference()},
      {"Vingerafdruk (SHA-256)", receipt.digest()},
  };
  return facts;
}

absl::StatusOr<Facts> ReadIdea(Sources& sources, const runtime::Context& ctx,
                               const v1::Message& message) {
  ASSIGN_OR_RETURN(
      const auto idea,
      (Get<prop::Idea, prop::GetIdeaRequest>(
          sources.proposals, ctx, "scharnier.proposals.v1.IdeaService/GetIdea", message.object())));
  ASSIGN_OR_RETURN(const auto call, ReadCallOf(sources, ctx, idea.track()));
  ASSIGN_OR_RETURN(const auto found, ReadOrganisations(sources, ctx, {idea.organisation()}));
  return FactsOf(idea, call, found[0]);
}

absl::StatusOr<Facts> ReadInvitation(Sources& sources, const Links& links,
                                     const runtime::Context& ctx, const v1::Message& message) {
  InvitationParts parts;
  ASSIGN_OR_RETURN(parts.invitation,
                   (Get<prop::Invitation, prop::GetInvitationRequest>(
                       sources.proposals, ctx,
                       "scharnier.proposals.v1.ProposalService/GetInvitation", message.object())));
  ASSIGN_OR_RETURN(parts.call, ReadCallOf(sources, ctx, parts.invitation.track()));
  ASSIGN_OR_RETURN(
      const auto found,
      ReadOrganisations(sources, ctx, {parts.invitation.lead(), parts.invitation.organisation()}));
  parts.lead = found[0];
  parts.invited = found[1];
  ASSIGN_OR_RETURN(const auto proposal, ReadProposal(sources, ctx, parts.invitation.proposal()));
  parts.contact = proposal.contact();
  Facts facts = FactsOf(parts, message.recipient());
  facts.link = links.ToInvitation(parts.invitation, message.recipient());
  return facts;
}

absl::StatusOr<Facts> ReadReceipt(Sources& sources, const runtime::Context& ctx,
                                  const v1::Message& message) {
  const std::string& name = message.object();
  ReceiptParts parts;
  ASSIGN_OR_RETURN(parts.receipt, (Get<prop::Receipt, prop::GetReceiptRequest>(
                                      sources.proposals, ctx,
                                      "scharnier.proposals.v1.ProposalService/GetReceipt", name)));
  ASSIGN_OR_RETURN(parts.proposal,
                   ReadProposal(sources, ctx, name.substr(0, name.find("/receipts/"))));
  ASSIGN_OR_RETURN(parts.call, ReadCallOf(sources, ctx, parts.proposal.track()));
  std::vector<std::string> names = {parts.proposal.lead()};
  names.insert(names.end(), parts.receipt.partners().begin(), parts.receipt.partners().end());
  ASSIGN_OR_RETURN(parts.partners, ReadOrganisations(sources, ctx, names));
  parts.lead = parts.partners.front();
  parts.partners.erase(parts.partners.begin());
  return FactsOf(parts, message.recipient());
}

}  // namespace scharnier::notifications
