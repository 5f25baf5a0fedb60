#include "services/notifications/intake.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/changes/record.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/rpc/pages.h"
#include "scharnier/events/v1/registration.pb.h"
#include "scharnier/organisations/v1/organisation_service.pb.h"
#include "scharnier/proposals/v1/call_service.pb.h"
#include "scharnier/proposals/v1/invitation.pb.h"
#include "scharnier/proposals/v1/proposal.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/notifications/rules/purposes.h"
#include "services/notifications/store/messages.h"

namespace scharnier::notifications {
namespace {

namespace org = ::scharnier::organisations::v1;
namespace prop = ::scharnier::proposals::v1;
using ::scharnier::changes::v1::Change;

template <class Resource>
absl::StatusOr<Resource> ResourceOf(const Change& change) {
  Resource resource;
  if (!change.data().UnpackTo(&resource)) {
    return errors::Error(types::v1::ERROR_REASON_INTERNAL_FAULT,
                         absl::StrCat("the change holds no ", Resource::descriptor()->full_name()));
  }
  return resource;
}

// Changes say how many people there are, not who.
std::vector<store::Recipient> People(int count) {
  std::vector<store::Recipient> people;
  for (int i = 0; i < count; ++i) {
    people.push_back({.name = absl::StrCat("people/", i)});
  }
  return people;
}

std::vector<store::Recipient> OfCall(const Concerned& concerned,
                                     const std::vector<store::Recipient>& told_before) {
  // Who takes part in a call that is not for them may do so in a draft alone.
  std::map<std::string, bool> discreet;
  for (const std::string& name : concerned.involved) {
    discreet[name] = true;
  }
  for (const store::Recipient& told : told_before) {
    discreet[told.name] = told.discreet;
  }
  for (const std::string& name : concerned.eligible) {
    discreet[name] = false;
  }
  std::vector<store::Recipient> recipients;
  for (const auto& [name, is_discreet] : discreet) {
    recipients.push_back({.name = name, .discreet = is_discreet});
  }
  return recipients;
}

absl::StatusOr<store::Occasion> OfAmendment(const runtime::Context& ctx, db::Tx& tx,
                                            const FindConcerned& find_concerned,
                                            const prop::Call& call) {
  // Each amendment is told of, also where the next one comes before the mail is written.
  std::vector<std::string> told_before = {call.name()};
  for (int number = 1; number < call.amendments_size(); ++number) {
    told_before.push_back(absl::StrCat(call.name(), "/amendments/", number));
  }
  ASSIGN_OR_RETURN(const Concerned concerned, find_concerned(ctx, call));
  ASSIGN_OR_RETURN(const auto told, store::ListTold(tx, told_before));
  return store::Occasion{
      .object = absl::StrCat(call.name(), "/amendments/", call.amendments_size()),
      .thread = call.name(),
      .recipients = OfCall(concerned, told)};
}

store::Occasion OfSubmit(const prop::Proposal& proposal) {
  std::vector<store::Recipient> recipients = People(1);
  for (const prop::Partner& partner : proposal.partners()) {
    if (partner.state() == prop::Invitation::STATE_ACCEPTED) {
      recipients.push_back({.name = partner.organisation()});
    }
  }
  return {.object = absl::StrCat(proposal.name(), "/receipts/", proposal.version()),
          .thread = proposal.name(),
          .recipients = std::move(recipients)};
}

// What is to be told, and to whom; its purpose and sequence are the caller's to say, and its thread
// where that is the resource that changed.
absl::StatusOr<store::Occasion> OccasionOf(const runtime::Context& ctx, db::Tx& tx,
                                           const FindConcerned& find_concerned, v1::Purpose purpose,
                                           const Change& change) {
  switch (purpose) {
    case v1::PURPOSE_CALL_PUBLISHED: {
      ASSIGN_OR_RETURN(const auto call, ResourceOf<prop::Call>(change));
      ASSIGN_OR_RETURN(const Concerned concerned, find_concerned(ctx, call));
      return store::Occasion{.object = change.subject(), .recipients = OfCall(concerned, {})};
    }
    case v1::PURPOSE_CALL_AMENDED: {
      ASSIGN_OR_RETURN(const auto call, ResourceOf<prop::Call>(change));
      return OfAmendment(ctx, tx, find_concerned, call);
    }
    case v1::PURPOSE_PARTNER_INVITED:
    case v1::PURPOSE_INVITATION_WITHDRAWN:
    case v1::PURPOSE_INVITATION_ACCEPTED:
    case v1::PURPOSE_INVITATION_DECLINED: {
      ASSIGN_OR_RETURN(const auto invitation, ResourceOf<prop::Invitation>(change));
      const bool answered =
          purpose == v1::PURPOSE_INVITATION_ACCEPTED || purpose == v1::PURPOSE_INVITATION_DECLINED;
      return store::Occasion{
          .object = change.subject(),
          .thread = invitation.proposal(),
          .recipients = {
              {.name = answered ? "people/0" : invitation.organisation(), .discreet = true}}};
    }
    case v1::PURPOSE_PROPOSAL_SUBMITTED: {
      ASSIGN_OR_RETURN(const auto proposal, ResourceOf<prop::Proposal>(change));
      return OfSubmit(proposal);
    }
    case v1::PURPOSE_IDEA_RECEIVED:
    case v1::PURPOSE_MANDATE_OFFERED:
      return store::Occasion{.object = change.subject(), .recipients = People(1)};
    default: {
      ASSIGN_OR_RETURN(const auto registration, ResourceOf<events::v1::Registration>(change));
      return store::Occasion{.object = change.subject(),
                             .recipients = People(registration.recipients_size())};
    }
  }
}

}  // namespace

FindConcerned AskWhomACallConcerns(Sources& sources) {
  return
      [&sources](const runtime::Context& ctx, const prop::Call& call) -> absl::StatusOr<Concerned> {
        Concerned concerned;
        RETURN_IF_ERROR(rpc::EachPage<org::ListOrganisationsResponse>(
            sources.organisations, ctx,
            "scharnier.organisations.v1.OrganisationService/ListOrganisations",
            org::ListOrganisationsRequest(), [&](const auto& page) {
              for (const org::Organisation& organisation : page.organisations()) {
                if (rules::IsFor(call, organisation)) {
                  concerned.eligible.insert(organisation.name());
                }
              }
            }));
        prop::ListInvolvedOrganisationsRequest involved;
        involved.set_call(call.name());
        RETURN_IF_ERROR(rpc::EachPage<prop::ListInvolvedOrganisationsResponse>(
            sources.proposals, ctx, "scharnier.proposals.v1.CallService/ListInvolvedOrganisations",
            involved, [&](const auto& page) {
              for (const prop::InvolvedOrganisation& each : page.organisations()) {
                concerned.involved.insert(each.organisation());
              }
            }));
        return concerned;
      };
}

changes::Subscriber::Apply QueueMessages(const runtime::Keyring& keyring,
                                         FindConcerned find_concerned) {
  return [&keyring, find_concerned = std::move(find_concerned)](
             const runtime::Context& ctx, db::Tx& tx, const Change& change) -> absl::Status {
    const std::optional<v1::Purpose> purpose = rules::PurposeOf(change.type());
    if (!purpose.has_value()) {
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const bool begun, store::BeginTelling(tx, change.id()));
    if (!begun) {
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(store::Occasion occasion,
                     OccasionOf(ctx, tx, find_concerned, *purpose, change));
    occasion.purpose = *purpose;
    occasion.sequence = change.sequence();
    if (occasion.thread.empty()) {
      occasion.thread = change.subject();
    }
    ASSIGN_OR_RETURN(const std::vector<store::StoredMessage> messages,
                     store::InsertMessages(tx, occasion, ctx.now()));
    if (messages.empty()) {
      return absl::OkStatus();
    }
    std::vector<changes::Record> records;
    for (const auto& [message, discreet] : messages) {
      records.push_back({.ctx = &ctx,
                         .name = message.name(),
                         .type = "message.queued",
                         .after = &message,
                         .discreet = discreet});
    }
    return changes::Append(tx, keyring, records);
  };
}

}  // namespace scharnier::notifications
