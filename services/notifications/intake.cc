#include "services/notifications/intake.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/changes/record.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/runtime/uuid.h"
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

constexpr int kPage = 200;

// Calls `take` with every page of a list.
template <class Response, class Request, class Take>
absl::Status EachPage(rpc::Client& client, const runtime::Context& ctx, const std::string& method,
                      Request request, Take take) {
  request.set_page_size(kPage);
  while (true) {
    ASSIGN_OR_RETURN(const Response page, client.Call<Response>(ctx, method, request));
    take(page);
    if (page.next_page_token().empty()) {
      return absl::OkStatus();
    }
    request.set_page_token(page.next_page_token());
  }
}

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
std::vector<std::string> People(int count) {
  std::vector<std::string> people;
  for (int i = 0; i < count; ++i) {
    people.push_back(absl::StrCat("people/", i));
  }
  return people;
}

absl::StatusOr<store::Occasion> OfAmendment(const runtime::Context& ctx, db::Tx& tx,
                                            const FindConcerned& find_concerned,
                                            const prop::Call& call) {
  // Each amendment is told of, also where the next one comes before the mail is written.
  std::vector<std::string> told_before = {call.name()};
  for (int number = 1; number < call.amendments_size(); ++number) {
    told_before.push_back(absl::StrCat(call.name(), "/amendments/", number));
  }
  ASSIGN_OR_RETURN(std::set<std::string> concerned, find_concerned(ctx, call));
  ASSIGN_OR_RETURN(const std::vector<std::string> told, store::ListTold(tx, told_before));
  concerned.insert(told.begin(), told.end());
  return store::Occasion{
      .object = absl::StrCat(call.name(), "/amendments/", call.amendments_size()),
      .recipients = {concerned.begin(), concerned.end()}};
}

store::Occasion OfSubmit(const prop::Proposal& proposal) {
  std::vector<std::string> recipients = People(1);
  for (const prop::Partner& partner : proposal.partners()) {
    if (partner.state() == prop::Invitation::STATE_ACCEPTED) {
      recipients.push_back(partner.organisation());
    }
  }
  return {.object = absl::StrCat(proposal.name(), "/receipts/", proposal.version()),
          .recipients = std::move(recipients)};
}

// What is to be told, and to whom; its purpose and sequence are the caller's to say.
absl::StatusOr<store::Occasion> OccasionOf(const runtime::Context& ctx, db::Tx& tx,
                                           const FindConcerned& find_concerned, v1::Purpose purpose,
                                           const Change& change) {
  switch (purpose) {
    case v1::PURPOSE_CALL_PUBLISHED: {
      ASSIGN_OR_RETURN(const auto call, ResourceOf<prop::Call>(change));
      ASSIGN_OR_RETURN(const std::set<std::string> concerned, find_concerned(ctx, call));
      return store::Occasion{.object = change.subject(),
                             .recipients = {concerned.begin(), concerned.end()}};
    }
    case v1::PURPOSE_CALL_AMENDED: {
      ASSIGN_OR_RETURN(const auto call, ResourceOf<prop::Call>(change));
      return OfAmendment(ctx, tx, find_concerned, call);
    }
    case v1::PURPOSE_PARTNER_INVITED:
    case v1::PURPOSE_INVITATION_WITHDRAWN: {
      ASSIGN_OR_RETURN(const auto invitation, ResourceOf<prop::Invitation>(change));
      return store::Occasion{.object = change.subject(), .recipients = {invitation.organisation()}};
    }
    case v1::PURPOSE_PROPOSAL_SUBMITTED: {
      ASSIGN_OR_RETURN(const auto proposal, ResourceOf<prop::Proposal>(change));
      return OfSubmit(proposal);
    }
    case v1::PURPOSE_IDEA_RECEIVED:
    case v1::PURPOSE_INVITATION_ACCEPTED:
    case v1::PURPOSE_INVITATION_DECLINED:
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
  return [&sources](const runtime::Context& ctx,
                    const prop::Call& call) -> absl::StatusOr<std::set<std::string>> {
    std::set<std::string> concerned;
    RETURN_IF_ERROR(EachPage<org::ListOrganisationsResponse>(
        sources.organisations, ctx,
        "scharnier.organisations.v1.OrganisationService/ListOrganisations",
        org::ListOrganisationsRequest(), [&](const auto& page) {
          for (const org::Organisation& organisation : page.organisations()) {
            if (rules::IsFor(call, organisation)) {
              concerned.insert(organisation.name());
            }
          }
        }));
    prop::ListInvolvedOrganisationsRequest involved;
    involved.set_call(call.name());
    RETURN_IF_ERROR(EachPage<prop::ListInvolvedOrganisationsResponse>(
        sources.proposals, ctx, "scharnier.proposals.v1.CallService/ListInvolvedOrganisations",
        involved, [&](const auto& page) {
          for (const prop::InvolvedOrganisation& each : page.organisations()) {
            concerned.insert(each.organisation());
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
    ASSIGN_OR_RETURN(const absl::Time horizon, store::GetHorizon(tx));
    if (runtime::TimeOfUuid(change.id()) < horizon) {
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(store::Occasion occasion,
                     OccasionOf(ctx, tx, find_concerned, *purpose, change));
    occasion.purpose = *purpose;
    occasion.sequence = change.sequence();
    ASSIGN_OR_RETURN(const std::vector<v1::Message> messages,
                     store::InsertMessages(tx, occasion, ctx.now()));
    if (messages.empty()) {
      return absl::OkStatus();
    }
    std::vector<changes::Record> records;
    for (const v1::Message& message : messages) {
      records.push_back(
          {.ctx = &ctx, .name = message.name(), .type = "message.queued", .after = &message});
    }
    return changes::Append(tx, keyring, records);
  };
}

}  // namespace scharnier::notifications
