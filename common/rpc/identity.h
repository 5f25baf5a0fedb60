// File: identity.h
// Who calls: somebody with an access token or an action token, a service of the suite by its
// certificate, or nobody in particular.

#ifndef SCHARNIER_COMMON_RPC_IDENTITY_H_
#define SCHARNIER_COMMON_RPC_IDENTITY_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/identity/claims.h"
#include "common/identity/grants.h"
#include "common/identity/verifier.h"
#include "common/runtime/context.h"
#include "common/runtime/keyring.h"
#include "scharnier/options/v1/options.pb.h"

namespace scharnier::rpc {

// What a caller shows.
struct Credentials {
  std::vector<std::string> authorization;  // the values of the header of that name
  bool certified = false;  // whether there is a client certificate, which the authority has signed
  std::string peer;        // the one SPIFFE id in it; empty: none, or several
};

// Until when action tokens for a resource have been taken back; InfinitePast: never. Blocks until
// the deadline at most. Errors: that it cannot be told now.
using RevokedUntil =
    std::function<absl::StatusOr<absl::Time>(const std::string& resource, absl::Time deadline)>;

// Thread-safe.
class Authenticator {
 public:
  // A service's SPIFFE id is the prefix and its name: "spiffe://agency.example/ns/scharnier/sa/".
  // `issuer` is that of the tokens. The others outlive this.
  Authenticator(identity::TokenVerifier& verifier, identity::Grants& grants, std::string issuer,
                std::string spiffe_prefix, const runtime::Keyring& keyring,
                RevokedUntil revoked_until);

  // The caller of a method with this policy. A token names the caller, whoever passes it on; a
  // certificate does where the policy lists its service; else the caller is anonymous. Grants and
  // action tokens are judged at `now`; access tokens by the real clock. May wait for the issuer's
  // keys, until `deadline`. Errors: UNAUTHENTICATED TOKEN_INVALID, ACTION_TOKEN_INVALID,
  // CERTIFICATE_INVALID, NOT_IDENTIFIED; UNAVAILABLE DEPENDENCY_AWAY while there are no keys.
  absl::StatusOr<runtime::Caller> Identify(const Credentials& credentials,
                                           const options::v1::Policy& policy, absl::Time now,
                                           absl::Time deadline) const;

  // Whether the caller's action token, if that is what it has, is still good: the rest is asked of
  // the database. Errors: UNAUTHENTICATED ACTION_TOKEN_INVALID; UNAVAILABLE DEPENDENCY_AWAY while
  // nobody can tell.
  absl::Status CheckNotRevoked(const runtime::Caller& caller, absl::Time deadline) const;

 private:
  absl::StatusOr<runtime::Caller> FromToken(const std::vector<std::string>& authorization,
                                            absl::Time now, absl::Time deadline) const;
  absl::StatusOr<runtime::Caller> FromActionToken(absl::string_view text, absl::Time now) const;
  absl::StatusOr<runtime::Caller> Person(const identity::Claims& claims, absl::Time now) const;
  // The name of the service that a certificate belongs to.
  absl::StatusOr<std::string> ServiceOf(absl::string_view peer) const;

  identity::TokenVerifier& verifier_;
  identity::Grants& grants_;
  const std::string issuer_, spiffe_prefix_;
  const runtime::Keyring& keyring_;
  const RevokedUntil revoked_until_;
};

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_IDENTITY_H_
