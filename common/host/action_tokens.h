// File: action_tokens.h
// Action tokens that are taken back: the method, and what is asked before one is believed.

#ifndef SCHARNIER_COMMON_HOST_ACTION_TOKENS_H_
#define SCHARNIER_COMMON_HOST_ACTION_TOKENS_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/database.h"
#include "common/rpc/service_table.h"
#include "common/runtime/context.h"
#include "common/runtime/keyring.h"
#include "scharnier/identity/v1/action_token.pb.h"

namespace scharnier::host {

// Thread-safe. Outlives all calls.
class ActionTokens {
 public:
  // `resources` is the pattern of what tokens open here: "sessions/*/registrations/*".
  ActionTokens(db::Database& database, const runtime::Keyring& keyring, std::string resources)
      : database_(database), keyring_(keyring), resources_(std::move(resources)) {}

  // The method of "scharnier.<service>.v1.ActionTokenService".
  void AddTo(rpc::ServiceTable& table);

  // For rpc::Authenticator. Errors: UNAVAILABLE DEPENDENCY_AWAY.
  absl::StatusOr<absl::Time> RevokedUntil(const std::string& resource, absl::Time deadline);

 private:
  absl::StatusOr<identity::v1::ActionTokenRevocation> Revoke(
      const runtime::Context& ctx, const identity::v1::RevokeActionTokensRequest& req);

  db::Database& database_;
  const runtime::Keyring& keyring_;
  const std::string resources_;
};

}  // namespace scharnier::host

#endif  // SCHARNIER_COMMON_HOST_ACTION_TOKENS_H_
