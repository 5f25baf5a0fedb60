#include "common/host/action_tokens.h"

#include <functional>
#include <optional>

#include "common/changes/record.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/host/sql/action_tokens.sql.h"
#include "common/rpc/names.h"
#include "common/types/timestamp.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::host {
namespace {

constexpr const db::Query& kRevoke = db::Find(sql::kActionTokens, "RevokeActionTokens");
constexpr const db::Query& kBefore = db::Find(sql::kActionTokens, "RevokedBefore");

using Revocation = identity::v1::ActionTokenRevocation;

absl::Time Before(const db::Row& row) { return row.Get<absl::Time>("before"); }

absl::StatusOr<Revocation> RevocationOf(const std::string& resource,
                                        const absl::StatusOr<absl::Time>& before) {
  RETURN_IF_ERROR(before.status());
  Revocation revocation;
  revocation.set_name(resource);
  *revocation.mutable_revoke_time() = types::ToProto(*before);
  return revocation;
}

}  // namespace

void ActionTokens::AddTo(rpc::ServiceTable& table) {
  table.Unary<identity::v1::RevokeActionTokensRequest, Revocation>(
      "RevokeActionTokens", std::bind_front(&ActionTokens::Revoke, this));
}

absl::StatusOr<absl::Time> ActionTokens::RevokedUntil(const std::string& resource,
                                                      absl::Time deadline) {
  const runtime::Context ctx({.deadline = deadline, .method = "action_tokens"});
  ASSIGN_OR_RETURN(const auto before, database_.Read(ctx, [&](db::Tx& tx) {
    return tx.Maybe(kBefore, Before, resource);
  }));
  return before.value_or(absl::InfinitePast());
}

absl::StatusOr<Revocation> ActionTokens::Revoke(
    const runtime::Context& ctx, const identity::v1::RevokeActionTokensRequest& req) {
  if (!rpc::MatchesName(resources_, req.resource())) {
    return errors::Error(types::v1::ERROR_REASON_NAME_INVALID, "no action tokens are for this")
        .Field("resource", rpc::DescribePattern(resources_));
  }
  const runtime::Caller& caller = ctx.caller();
  if (caller.is(options::v1::ROLE_TOKEN) && caller.action->resource() != req.resource()) {
    return errors::Error(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND, "there is no such resource")
        .With("name", req.resource());
  }
  const auto revoke = [&](db::Tx& tx) -> absl::StatusOr<Revocation> {
    ASSIGN_OR_RETURN(
        auto revocation,
        RevocationOf(req.resource(), tx.One(kRevoke, Before, req.resource(), ctx.now())));
    // Whoever has a token shows that its resource is there, such as an invitation to a draft.
    RETURN_IF_ERROR(changes::Append(tx, keyring_,
                                    {{.ctx = &ctx,
                                      .request_id = req.request_id(),
                                      .name = req.resource(),
                                      .after = &revocation,
                                      .discreet = caller.is(options::v1::ROLE_TOKEN)}}));
    return revocation;
  };
  const auto current = [&](db::Tx& tx, const std::string& name) -> absl::StatusOr<Revocation> {
    return RevocationOf(name, tx.One(kBefore, Before, name));
  };
  return database_.Write(ctx, req, revoke, current);
}

}  // namespace scharnier::host
