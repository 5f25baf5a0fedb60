#include "services/organisations/store/organisations.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/changes/position.h"
#include "common/changes/record.h"
#include "common/errors/macros.h"
#include "common/rpc/field_mask.h"
#include "common/rpc/filter.h"
#include "common/rpc/names.h"
#include "common/rpc/paging.h"
#include "common/types/etag.h"
#include "common/types/parts.h"
#include "common/types/text.h"
#include "scharnier/types/v1/region.pb.h"
#include "services/organisations/register.h"
#include "services/organisations/rules/access.h"
#include "services/organisations/rules/enterprise_number.h"
#include "services/organisations/rules/organisation.h"
#include "services/organisations/service.h"

namespace scharnier::organisations {
namespace {

constexpr int kDefaultFound = 20;
constexpr int kMostFound = 50;

// An organisation as the caller may see it.
v1::Organisation AsSeenBy(const runtime::Context& ctx, v1::Organisation organisation) {
  if (!rules::SeesMailboxes(ctx.caller())) {
    organisation.clear_mailboxes();
  }
  return organisation;
}

template <class Enum>
std::optional<int> Given(Enum value) {
  return value == 0 ? std::nullopt : std::optional<int>(value);
}

// The organisation as it is now, for a repeated request.
absl::StatusOr<v1::Organisation> Current(db::Tx& tx, const std::string& name) {
  return store::LockOrganisation(tx, rpc::NameIds(name)[0]);
}

}  // namespace

absl::StatusOr<v1::Organisation> OrganisationsService::CreateOrganisation(
    const Context& ctx, const v1::CreateOrganisationRequest& req) {
  v1::Organisation wanted = req.organisation();
  for (v1::Establishment& establishment : *wanted.mutable_establishments()) {
    establishment.clear_name();
  }
  wanted.set_state(v1::Organisation::STATE_ACTIVE);
  RETURN_IF_ERROR(rules::Complete(wanted));
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Organisation> {
        ASSIGN_OR_RETURN(const auto taken, store::FindTaken(tx, {wanted}));
        RETURN_IF_ERROR(Holders(taken).Check(wanted));
        std::vector<v1::Organisation> made = {wanted};
        std::vector<v1::Organisation> none;
        RETURN_IF_ERROR(store::WriteOrganisations(tx, none, made, ctx.now()));
        RETURN_IF_ERROR(
            changes::Append(tx, keyring_, {CreatedRecord(ctx, req.request_id(), made[0])}));
        return made[0];
      },
      Current);
}

absl::StatusOr<v1::Organisation> OrganisationsService::UpdateOrganisation(
    const Context& ctx, const v1::UpdateOrganisationRequest& req) {
  const std::string id = rpc::NameIds(req.organisation().name())[0];
  ASSIGN_OR_RETURN(const auto fields, rpc::MaskedFields(req.update_mask(), req.organisation()));
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Organisation> {
        ASSIGN_OR_RETURN(auto before, store::LockOrganisation(tx, id));
        RETURN_IF_ERROR(
            types::CheckEtag(before.etag(), req.organisation().etag(), "organisation.etag"));
        std::vector<v1::Organisation> saved = {before};
        v1::Organisation& after = saved[0];
        rpc::ApplyFields(fields, req.organisation(), after);
        RETURN_IF_ERROR(rules::Complete(after));
        RETURN_IF_ERROR(rules::CheckEstablishments(before, after));
        if (rpc::ChangedFields(before, after).empty()) {
          return before;
        }
        ASSIGN_OR_RETURN(const auto taken, store::FindTaken(tx, {after}));
        RETURN_IF_ERROR(Holders(taken).Check(after));
        std::vector<v1::Organisation> none;
        RETURN_IF_ERROR(store::WriteOrganisations(tx, saved, none, ctx.now()));
        RETURN_IF_ERROR(
            changes::Append(tx, keyring_, {UpdatedRecord(ctx, req.request_id(), before, after)}));
        return after;
      },
      Current);
}

absl::StatusOr<v1::Organisation> OrganisationsService::GetOrganisation(
    const Context& ctx, const v1::GetOrganisationRequest& req) {
  ASSIGN_OR_RETURN(auto found, db_.Read(ctx, [&](db::Tx& tx) {
    return store::GetOrganisations(tx, {req.name()});
  }));
  return AsSeenBy(ctx, std::move(found[0]));
}

absl::StatusOr<v1::BatchGetOrganisationsResponse> OrganisationsService::BatchGetOrganisations(
    const Context& ctx, const v1::BatchGetOrganisationsRequest& req) {
  const std::vector<std::string> names(req.names().begin(), req.names().end());
  ASSIGN_OR_RETURN(auto found,
                   db_.Read(ctx, [&](db::Tx& tx) { return store::GetOrganisations(tx, names); }));
  v1::BatchGetOrganisationsResponse response;
  for (v1::Organisation& organisation : found) {
    *response.add_organisations() = AsSeenBy(ctx, std::move(organisation));
  }
  return response;
}

absl::StatusOr<v1::ListOrganisationsResponse> OrganisationsService::ListOrganisations(
    const Context& ctx, const v1::ListOrganisationsRequest& req) {
  ASSIGN_OR_RETURN(const auto filter,
                   rpc::ParseFilter(req.filter(), {{"kind", v1::Organisation::Kind_descriptor()},
                                                   {"state", v1::Organisation::State_descriptor()},
                                                   {"region", types::v1::Region_descriptor()}}));
  ASSIGN_OR_RETURN(auto page, rpc::StartPage(keyring_, ctx, req));
  store::OrganisationQuery query{.kind = filter.Number("kind"),
                                 .state = filter.Number("state"),
                                 .region = filter.Number("region"),
                                 .limit = page.size + 1};
  if (!page.after.empty()) {
    query.after = page.after[0];
  }
  ASSIGN_OR_RETURN(auto found, changes::ReadList(db_, ctx, page, [&](db::Tx& tx) {
                     return store::ListOrganisations(tx, query);
                   }));
  v1::ListOrganisationsResponse response;
  rpc::PageFiller filler(keyring_, ctx, req, page, response);
  for (v1::Organisation& organisation : found) {
    const auto place = rpc::NameIds(organisation.name());
    v1::Organisation seen = AsSeenBy(ctx, std::move(organisation));
    if (!filler.Take(seen, place)) {
      break;
    }
  }
  return response;
}

absl::StatusOr<v1::SearchOrganisationsResponse> OrganisationsService::SearchOrganisations(
    const Context& ctx, const v1::SearchOrganisationsRequest& req) {
  const store::SearchQuery query{
      .words = types::FoldedWords(types::Folded(req.query())),
      .enterprise_number = rules::EnterpriseNumber(req.query()),
      .establishment_number = rules::EstablishmentNumber(req.query()),
      .kind = Given(req.kind()),
      .region = Given(req.region()),
      .limit = req.page_size() == 0 ? kDefaultFound : std::min(req.page_size(), kMostFound)};
  ASSIGN_OR_RETURN(
      auto found, db_.Read(ctx, [&](db::Tx& tx) { return store::SearchOrganisations(tx, query); }));
  v1::SearchOrganisationsResponse response;
  for (v1::Organisation& organisation : found) {
    *response.add_organisations() = AsSeenBy(ctx, std::move(organisation));
  }
  return response;
}

}  // namespace scharnier::organisations
