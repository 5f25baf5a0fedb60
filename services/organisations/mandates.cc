#include "services/organisations/store/mandates.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/changes/position.h"
#include "common/changes/record.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/rpc/filter.h"
#include "common/rpc/names.h"
#include "common/rpc/paging.h"
#include "scharnier/organisations/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/organisations/rules/access.h"
#include "services/organisations/rules/mandate.h"
#include "services/organisations/service.h"

namespace scharnier::organisations {
namespace {

constexpr char kAllOrganisations[] = "organisations/-";
constexpr int kExpireBatch = 100;

// A mandate as the caller may see it.
v1::Mandate AsSeenBy(const runtime::Context& ctx, v1::Mandate mandate) {
  if (!rules::SeesPersonKeys(ctx.caller())) {
    mandate.clear_person_key();
    mandate.clear_holder_key();
  }
  return mandate;
}

bool IsHolder(const std::vector<std::string>& keys, const v1::Mandate& mandate) {
  return std::find(keys.begin(), keys.end(), mandate.holder_key()) != keys.end();
}

changes::Record MandateRecord(const runtime::Context& ctx, const std::string& request_id,
                              const char* type, const v1::Mandate* before,
                              const v1::Mandate& after) {
  return {.ctx = &ctx,
          .request_id = request_id,
          .name = after.name(),
          .type = type,
          .before = before,
          .after = &after,
          .scope = {after.name().substr(0, after.name().find("/mandates/"))}};
}

// Whether the caller may give and take back mandates of an organisation: by the mandates in force
// as of this transaction.
absl::Status MayMandate(db::Tx& tx, const runtime::Context& ctx, const std::string& organisation) {
  v1::Mandate::Role role = v1::Mandate::ROLE_UNSPECIFIED;
  if (ctx.caller().is(options::v1::ROLE_PERSON)) {
    ASSIGN_OR_RETURN(role, store::FindRole(tx, rpc::NameIds(organisation)[0], ctx.caller().keys()));
  }
  return rules::MayMandate(ctx.caller(), role, organisation);
}

}  // namespace

absl::StatusOr<v1::Mandate> OrganisationsService::CreateMandate(
    const Context& ctx, const v1::CreateMandateRequest& req) {
  const std::string organisation = rpc::NameIds(req.parent())[0];
  const v1::Mandate wanted =
      rules::Invite(req.mandate(), runtime::PersonKey(keyring_, req.mandate().email()), ctx.now());
  ASSIGN_OR_RETURN(
      auto made,
      db_.Write(
          ctx, req,
          [&](db::Tx& tx) -> absl::StatusOr<v1::Mandate> {
            RETURN_IF_ERROR(store::CheckOrganisation(tx, organisation));
            RETURN_IF_ERROR(MayMandate(tx, ctx, req.parent()));
            std::vector<changes::Record> records;
            ASSIGN_OR_RETURN(const auto live,
                             store::FindLiveMandate(tx, organisation, wanted.person_key()));
            v1::Mandate expired;
            if (live.has_value()) {
              if (!rules::HasExpired(*live, ctx.now())) {
                return errors::Error(v1::ERROR_REASON_MANDATE_EXISTS,
                                     "the person has a mandate of this organisation")
                    .With("mandate", live->name());
              }
              expired = *live;
              expired.set_state(v1::Mandate::STATE_EXPIRED);
              ASSIGN_OR_RETURN(expired, store::SaveMandate(tx, expired));
              records.push_back(
                  MandateRecord(ctx, req.request_id(), "mandate.expired", &*live, expired));
            }
            ASSIGN_OR_RETURN(auto invited, store::InsertMandate(tx, organisation, wanted));
            records.push_back(
                MandateRecord(ctx, req.request_id(), "mandate.invited", nullptr, invited));
            RETURN_IF_ERROR(changes::Append(tx, keyring_, records));
            return invited;
          },
          [&](db::Tx& tx, const std::string& name) {
            return store::GetMandate(tx, organisation, rpc::NameIds(name)[1],
                                     {rules::MandatesKnownTo(ctx.caller(), name)});
          }));
  return AsSeenBy(ctx, std::move(made));
}

absl::StatusOr<v1::Mandate> OrganisationsService::AcceptMandate(
    const Context& ctx, const v1::AcceptMandateRequest& req) {
  const auto ids = rpc::NameIds(req.name());
  const store::Viewer viewer{rules::MandatesKnownTo(ctx.caller(), req.name())};
  ASSIGN_OR_RETURN(
      auto accepted,
      db_.Write(
          ctx, req,
          [&](db::Tx& tx) -> absl::StatusOr<v1::Mandate> {
            ASSIGN_OR_RETURN(const auto before, store::LockMandate(tx, ids[0], ids[1], viewer));
            if (!IsHolder(rules::KeysFor(ctx.caller(), req.name()), before)) {
              return errors::Error(v1::ERROR_REASON_MANDATE_NEEDED,
                                   "only the person who was invited accepts")
                  .With("mandate", before.name());
            }
            ASSIGN_OR_RETURN(auto after, rules::Accept(before, ctx.caller().account, ctx.now()));
            ASSIGN_OR_RETURN(after, store::SaveMandate(tx, after));
            RETURN_IF_ERROR(changes::Append(
                tx, keyring_,
                {MandateRecord(ctx, req.request_id(), "mandate.accepted", &before, after)}));
            return after;
          },
          [&](db::Tx& tx, const std::string&) {
            return store::GetMandate(tx, ids[0], ids[1], viewer);
          }));
  return AsSeenBy(ctx, std::move(accepted));
}

absl::StatusOr<v1::Mandate> OrganisationsService::RevokeMandate(
    const Context& ctx, const v1::RevokeMandateRequest& req) {
  const auto ids = rpc::NameIds(req.name());
  const store::Viewer viewer{rules::MandatesKnownTo(ctx.caller(), req.name())};
  ASSIGN_OR_RETURN(
      auto revoked,
      db_.Write(
          ctx, req,
          [&](db::Tx& tx) -> absl::StatusOr<v1::Mandate> {
            ASSIGN_OR_RETURN(const auto before, store::LockMandate(tx, ids[0], ids[1], viewer));
            ASSIGN_OR_RETURN(auto after, rules::Revoke(before, ctx.now()));
            ASSIGN_OR_RETURN(after, store::SaveMandate(tx, after));
            RETURN_IF_ERROR(changes::Append(
                tx, keyring_,
                {MandateRecord(ctx, req.request_id(), "mandate.revoked", &before, after)}));
            return after;
          },
          // Who has given up the right to sign by this call still gets its answer.
          [&](db::Tx& tx, const std::string&) {
            return store::GetMandate(tx, ids[0], ids[1], {});
          }));
  return AsSeenBy(ctx, std::move(revoked));
}

absl::StatusOr<v1::Mandate> OrganisationsService::GetMandate(const Context& ctx,
                                                             const v1::GetMandateRequest& req) {
  const auto ids = rpc::NameIds(req.name());
  ASSIGN_OR_RETURN(auto found, db_.Read(ctx, [&](db::Tx& tx) {
    return store::GetMandate(tx, ids[0], ids[1],
                             {rules::MandatesKnownTo(ctx.caller(), req.name())});
  }));
  return AsSeenBy(ctx, std::move(found));
}

absl::StatusOr<v1::ListMandatesResponse> OrganisationsService::ListMandates(
    const Context& ctx, const v1::ListMandatesRequest& req) {
  std::optional<std::string> organisation;
  if (req.parent() != kAllOrganisations) {
    if (!rpc::MatchesName("organisations/*", req.parent())) {
      return errors::Error(types::v1::ERROR_REASON_NAME_INVALID, "the parent is no organisation")
          .Field("parent", "organisations/{uuid}, or organisations/- for all");
    }
    organisation = rpc::NameIds(req.parent())[0];
  }
  ASSIGN_OR_RETURN(const auto filter,
                   rpc::ParseFilter(req.filter(), {{"state", v1::Mandate::State_descriptor()},
                                                   {"role", v1::Mandate::Role_descriptor()}}));
  ASSIGN_OR_RETURN(auto page, rpc::StartPage(keyring_, ctx, req));
  store::MandateQuery query{.organisation = organisation,
                            .viewer = {rules::MandatesKnownTo(ctx.caller())},
                            .state = filter.Number("state"),
                            .role = filter.Number("role"),
                            .limit = page.size + 1};
  if (!page.after.empty()) {
    query.after = page.after[0];
  }
  ASSIGN_OR_RETURN(auto found, changes::ReadList(db_, ctx, page, [&](db::Tx& tx) {
                     return store::ListMandates(tx, query);
                   }));
  v1::ListMandatesResponse response;
  rpc::PageFiller filler(keyring_, ctx, req, page, response);
  for (v1::Mandate& mandate : found) {
    const std::string place = rpc::NameIds(mandate.name())[1];
    v1::Mandate seen = AsSeenBy(ctx, std::move(mandate));
    if (!filler.Take(seen, {place})) {
      break;
    }
  }
  return response;
}

absl::StatusOr<v1::FindHeldMandatesResponse> OrganisationsService::FindHeldMandates(
    const Context& ctx, const v1::FindHeldMandatesRequest& req) {
  const std::vector<std::string> keys(req.holder_keys().begin(), req.holder_keys().end());
  ASSIGN_OR_RETURN(const auto held,
                   db_.Read(ctx, [&](db::Tx& tx) { return store::FindRolesOf(tx, keys); }));
  v1::FindHeldMandatesResponse response;
  response.mutable_mandates()->Assign(held.begin(), held.end());
  return response;
}

absl::Status OrganisationsService::ExpireMandates(const Context& ctx) {
  bool more = true;
  while (more) {
    ASSIGN_OR_RETURN(more, db_.Transact(ctx, [&](db::Tx& tx) -> absl::StatusOr<bool> {
      ASSIGN_OR_RETURN(const auto open, store::LockExpired(tx, ctx.now(), kExpireBatch));
      std::vector<v1::Mandate> expired;
      for (const v1::Mandate& mandate : open) {
        expired.push_back(mandate);
        expired.back().set_state(v1::Mandate::STATE_EXPIRED);
        ASSIGN_OR_RETURN(expired.back(), store::SaveMandate(tx, expired.back()));
      }
      std::vector<changes::Record> records;
      for (size_t i = 0; i < open.size(); ++i) {
        records.push_back(MandateRecord(ctx, "", "mandate.expired", &open[i], expired[i]));
      }
      if (!records.empty()) {
        RETURN_IF_ERROR(changes::Append(tx, keyring_, records));
      }
      return static_cast<int>(open.size()) == kExpireBatch;
    }));
  }
  return absl::OkStatus();
}

}  // namespace scharnier::organisations
