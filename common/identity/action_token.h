// File: action_token.h
// Action tokens: how somebody without an account comes back by a link that was mailed to them. A
// token is an ActionToken, sealed by the keyring and written in base64url: nobody else can make or
// change one, nor read what it says.

#ifndef SCHARNIER_COMMON_IDENTITY_ACTION_TOKEN_H_
#define SCHARNIER_COMMON_IDENTITY_ACTION_TOKEN_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/runtime/keyring.h"
#include "scharnier/identity/v1/action_token.pb.h"

namespace scharnier::identity {

// The text of a token; another one each time.
std::string MintActionToken(const runtime::Keyring& keyring, const v1::ActionToken& token);

// What a token says, unless it has expired at `now`. Errors: ActionTokenInvalid().
absl::StatusOr<v1::ActionToken> ReadActionToken(const runtime::Keyring& keyring,
                                                absl::string_view text, absl::Time now);

// UNAUTHENTICATED ACTION_TOKEN_INVALID, the same whatever is wrong with a token.
absl::Status ActionTokenInvalid();

}  // namespace scharnier::identity

#endif  // SCHARNIER_COMMON_IDENTITY_ACTION_TOKEN_H_
