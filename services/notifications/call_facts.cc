#include "services/notifications/call_facts.h"

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/types/when.h"
#include "scharnier/proposals/v1/call_service.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/notifications/organisation_facts.h"

namespace scharnier::notifications {
namespace {

namespace ms = ::kainjow::mustache;
namespace org = ::scharnier::organisations::v1;
namespace prop = ::scharnier::proposals::v1;

// When a milestone is; a deadline after which things are still taken is said to be one.
std::string WhenIs(const prop::Milestone& milestone) {
  const bool soft =
      milestone.gate() != prop::Milestone::GATE_NOTHING &&
      milestone.when().deadline().strictness() == ::scharnier::types::v1::STRICTNESS_SOFT;
  return absl::StrCat(soft ? "bij voorkeur " : "", types::InDutch(milestone.when()));
}

void AddMilestones(const google::protobuf::RepeatedPtrField<prop::Milestone>& milestones,
                   const std::string& whose, Facts& facts) {
  for (const prop::Milestone& milestone : milestones) {
    facts.table.emplace_back(absl::StrCat(OneLine(milestone.title().nl()), whose),
                             WhenIs(milestone));
  }
}

}  // namespace

Facts FactsOf(const prop::Call& call, const org::Organisation& organisation) {
  Facts facts{.title = OneLine(call.title().nl()), .contact = call.contact_email()};
  WriteTo(organisation, facts);
  facts.words.set("goal", call.goal().nl());
  for (const prop::Track& track : call.tracks()) {
    facts.table.emplace_back("Spoor", OneLine(track.title().nl()));
  }
  AddMilestones(call.milestones(), "", facts);
  for (const prop::Track& track : call.tracks()) {
    AddMilestones(track.milestones(), absl::StrCat(" (", OneLine(track.title().nl()), ")"), facts);
  }
  for (const prop::Document& document : call.documents()) {
    facts.table.emplace_back("Document", OneLine(document.title().nl()));
  }
  return facts;
}

absl::StatusOr<Facts> FactsOf(const prop::Call& call, int amendment,
                              const org::Organisation& organisation) {
  if (amendment < 1 || amendment > call.amendments_size()) {
    return errors::Error(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND,
                         "the call has no such amendment");
  }
  Facts facts = FactsOf(call, organisation);
  const prop::Amendment& amended = call.amendments(amendment - 1);
  facts.words.set("reason", amended.reason().nl());
  ms::data diff(ms::data::type::list);
  for (const std::string& line : amended.diff()) {
    diff.push_back(ms::data(line));
  }
  facts.words.set("diff", diff);
  return facts;
}

absl::StatusOr<Facts> ReadCall(Sources& sources, const runtime::Context& ctx,
                               const v1::Message& message) {
  const std::vector<std::string> object = absl::StrSplit(message.object(), "/amendments/");
  ASSIGN_OR_RETURN(const auto call, (Get<prop::Call, prop::GetCallRequest>(
                                        sources.proposals, ctx,
                                        "scharnier.proposals.v1.CallService/GetCall", object[0])));
  ASSIGN_OR_RETURN(const auto told, ReadOrganisations(sources, ctx, {message.recipient()}));
  if (object.size() == 1) {
    return FactsOf(call, told[0]);
  }
  int amendment = 0;
  (void)absl::SimpleAtoi(object[1], &amendment);
  return FactsOf(call, amendment, told[0]);
}

}  // namespace scharnier::notifications
