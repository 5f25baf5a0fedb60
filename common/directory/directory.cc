#include "common/directory/directory.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "common/db/message_column.h"
#include "common/db/root_columns.h"
#include "common/directory/migrations.sql.h"
#include "common/directory/sql/directory.sql.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/rpc/pages.h"
#include "common/types/etag.h"
#include "common/types/parts.h"
#include "scharnier/organisations/v1/mandate_service.pb.h"
#include "scharnier/organisations/v1/organisation_service.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::directory {
namespace {

namespace org = ::scharnier::organisations::v1;

constexpr int kMostAsking = 4;  // of the threads that run calls
constexpr absl::Duration kAskTime = absl::Seconds(1);
constexpr absl::Duration kAskMandatesTime = absl::Milliseconds(300);
constexpr absl::Duration kCopyTime = absl::Seconds(60);

absl::Status Away(absl::string_view why) {
  return errors::Error(types::v1::ERROR_REASON_DEPENDENCY_AWAY, why)
      .With("dependency", "organisations")
      .RetryAfter(absl::Seconds(1));
}

absl::Status SaveOrganisations(db::Tx& tx, std::vector<org::Organisation> organisations) {
  constexpr const db::Query& kSave = db::Find(sql::kDirectory, "SaveOrganisations");
  std::vector<std::string> ids;
  std::vector<int64_t> versions;
  std::vector<db::Bytes> bodies;
  for (org::Organisation& organisation : organisations) {
    types::ClearPersonal(organisation);
    ASSIGN_OR_RETURN(const int64_t version, types::EtagVersion(organisation.etag()));
    ids.push_back(db::LastId(organisation.name()));
    versions.push_back(version);
    bodies.push_back(db::Serialise(organisation));
  }
  return tx.Exec(kSave, ids, versions, bodies).status();
}

absl::Status SaveMandates(db::Tx& tx, const std::vector<org::Mandate>& mandates) {
  constexpr const db::Query& kSave = db::Find(sql::kDirectory, "SaveMandates");
  std::vector<std::string> ids, organisations, person_keys, holder_keys;
  std::vector<int64_t> versions;
  std::vector<int> roles;
  std::vector<bool> in_force;
  for (const org::Mandate& mandate : mandates) {
    ASSIGN_OR_RETURN(const int64_t version, types::EtagVersion(mandate.etag()));
    const std::string organisation = mandate.name().substr(0, mandate.name().find("/mandates/"));
    ids.push_back(db::LastId(mandate.name()));
    versions.push_back(version);
    organisations.push_back(db::LastId(organisation));
    person_keys.push_back(mandate.person_key());
    holder_keys.push_back(mandate.holder_key());
    roles.push_back(mandate.role());
    in_force.push_back(mandate.state() == org::Mandate::STATE_ACTIVE);
  }
  return tx.Exec(kSave, ids, versions, organisations, person_keys, holder_keys, roles, in_force)
      .status();
}

// The effect of one change of the feed.
absl::Status Apply(const runtime::Context& /*ctx*/, db::Tx& tx, const changes::v1::Change& change) {
  org::Organisation organisation;
  if (change.data().UnpackTo(&organisation)) {
    return SaveOrganisations(tx, {std::move(organisation)});
  }
  org::Mandate mandate;
  if (change.data().UnpackTo(&mandate)) {
    return SaveMandates(tx, {std::move(mandate)});
  }
  return absl::OkStatus();
}

// Copies the whole register, which is held in memory until the transaction that puts it in place.
absl::StatusOr<changes::Subscriber::Copy> CopyRegister(rpc::Client& client,
                                                       const runtime::Context& follower) {
  const runtime::Context ctx({.caller = follower.caller(),
                              .now = follower.now(),
                              .deadline = absl::Now() + kCopyTime,
                              .method = follower.method(),
                              .trace = follower.trace()});
  std::vector<org::Organisation> organisations;
  std::vector<org::Mandate> mandates;
  changes::v1::Cursor from;
  RETURN_IF_ERROR(rpc::EachPage<org::ListOrganisationsResponse>(
      client, ctx, "scharnier.organisations.v1.OrganisationService/ListOrganisations",
      org::ListOrganisationsRequest(), [&](org::ListOrganisationsResponse page) {
        std::move(page.mutable_organisations()->begin(), page.mutable_organisations()->end(),
                  std::back_inserter(organisations));
        from = page.feed();
      }));
  org::ListMandatesRequest all;
  all.set_parent("organisations/-");
  RETURN_IF_ERROR(rpc::EachPage<org::ListMandatesResponse>(
      client, ctx, "scharnier.organisations.v1.MandateService/ListMandates", all,
      [&](org::ListMandatesResponse page) {
        std::move(page.mutable_mandates()->begin(), page.mutable_mandates()->end(),
                  std::back_inserter(mandates));
      }));
  return changes::Subscriber::Copy{
      .from = from,
      .replace = [organisations = std::move(organisations),
                  mandates = std::move(mandates)](db::Tx& tx) -> absl::Status {
        constexpr const db::Query& kNoOrganisations =
            db::Find(sql::kDirectory, "DeleteOrganisations");
        constexpr const db::Query& kNoMandates = db::Find(sql::kDirectory, "DeleteMandates");
        RETURN_IF_ERROR(tx.Exec(kNoOrganisations).status());
        RETURN_IF_ERROR(tx.Exec(kNoMandates).status());
        RETURN_IF_ERROR(SaveOrganisations(tx, organisations));
        return SaveMandates(tx, mandates);
      }};
}

}  // namespace

Directory::Directory(db::Database& database, const runtime::Clock& clock, const std::string& target,
                     const std::optional<rpc::TlsFiles>& tls)
    : database_(database),
      organisations_({.target = target, .tls = tls}),
      subscriber_(
          database, organisations_, clock,
          {.source = "organisations",
           .name = "directory",
           .copy =
               [this](const runtime::Context& ctx) { return CopyRegister(organisations_, ctx); }},
          Apply) {}

Directory::~Directory() { organisations_.Shutdown(); }

absl::StatusOr<org::Organisation> Directory::Ask(const runtime::Context& ctx,
                                                 const std::string& name) {
  const absl::Cleanup done = [this] { --asking_; };
  if (++asking_ > kMostAsking) {
    return Away("too many ask the register at once");
  }
  org::GetOrganisationRequest request;
  request.set_name(name);
  ASSIGN_OR_RETURN(auto organisation,
                   organisations_.Call<org::Organisation>(
                       ctx, "scharnier.organisations.v1.OrganisationService/GetOrganisation",
                       request, kAskTime));
  types::ClearPersonal(organisation);
  RETURN_IF_ERROR(
      database_.Transact(ctx, [&](db::Tx& tx) { return SaveOrganisations(tx, {organisation}); }));
  return organisation;
}

absl::StatusOr<HeldMandates> Directory::AskMandates(const runtime::Context& ctx) {
  org::FindHeldMandatesRequest request;
  for (std::string& key : ctx.caller().keys()) {
    *request.add_holder_keys() = std::move(key);
  }
  const absl::Cleanup done = [this] { --asking_mandates_; };
  if (++asking_mandates_ > kMostAsking && silent_) {
    return Away("too many ask the register, which does not answer");
  }
  const auto answer = organisations_.Call<org::FindHeldMandatesResponse>(
      ctx, "scharnier.organisations.v1.MandateService/FindHeldMandates", request, kAskMandatesTime);
  silent_ = !answer.ok();
  if (!answer.ok()) {
    return Away("the register does not say for whom the caller may act");
  }
  HeldMandates held;
  for (const org::HeldMandate& mandate : answer->mandates()) {
    held.emplace(mandate.organisation(), mandate.role());
  }
  return held;
}

std::vector<db::Migration> WithDirectory(const std::vector<db::Migration>& service) {
  std::vector<db::Migration> all = Migrations();
  all.insert(all.end(), service.begin(), service.end());
  return all;
}

std::string ReadTarget(runtime::ConfigReader& reader) {
  return reader.Required("organisations",
                         "target of the organisations service: its API and its feed");
}

absl::StatusOr<std::vector<std::optional<org::Organisation>>> FindOrganisations(
    db::Tx& tx, const std::vector<std::string>& names) {
  constexpr const db::Query& kFind = db::Find(sql::kDirectory, "FindOrganisations");
  const std::vector<std::string> ids = db::LastIds(names);
  ASSIGN_OR_RETURN(
      auto found,
      tx.All(
          kFind, [](const db::Row& row) { return db::ReadMessage<org::Organisation>(row, "body"); },
          ids));
  std::map<std::string, org::Organisation> by_name;
  for (org::Organisation& organisation : found) {
    const std::string name = organisation.name();
    by_name.emplace(name, std::move(organisation));
  }
  std::vector<std::optional<org::Organisation>> answers;
  for (const std::string& name : names) {
    const auto known = by_name.find(name);
    answers.push_back(known == by_name.end() ? std::nullopt : std::optional(known->second));
  }
  return answers;
}

absl::StatusOr<std::vector<org::Mandate::Role>> FindMandates(
    db::Tx& tx, const std::vector<MandateQuestion>& questions) {
  constexpr const db::Query& kFind = db::Find(sql::kDirectory, "FindMandates");
  std::vector<std::string> person_keys, accounts, ids;
  std::vector<bool> by_address;
  for (const MandateQuestion& question : questions) {
    person_keys.push_back(question.person_key);
    accounts.push_back(question.account);
    by_address.push_back(question.by_address);
    ids.push_back(db::LastId(question.organisation));
  }
  ASSIGN_OR_RETURN(const db::Rows rows, tx.Run(kFind, {person_keys, accounts, by_address, ids}));
  std::vector<org::Mandate::Role> roles(questions.size(), org::Mandate::ROLE_UNSPECIFIED);
  for (int i = 0; i < rows.size(); ++i) {
    roles[rows[i].Get<int>("n") - 1] = static_cast<org::Mandate::Role>(rows[i].Get<int>("role"));
  }
  return roles;
}

}  // namespace scharnier::directory
