// File: security.h
// How the process proves who it is, and how callers do: its settings, and what they make.

#ifndef SCHARNIER_COMMON_HOST_SECURITY_H_
#define SCHARNIER_COMMON_HOST_SECURITY_H_

#include <string>

#include "common/identity/grants.h"
#include "common/identity/key_source.h"
#include "common/identity/verifier.h"
#include "common/rpc/identity.h"
#include "common/rpc/tls_files.h"
#include "common/runtime/config.h"
#include "common/runtime/keyring.h"

namespace scharnier::host {

struct SecuritySettings {
  rpc::TlsFiles tls;
  std::string spiffe_prefix;
  identity::TokenRules tokens;
  std::string jwks_url, jwks_ca_file, grants_file;
};

// Reads them all, and reports files that cannot be read.
SecuritySettings ReadSecurity(runtime::ConfigReader& reader);

// Fetches the issuer's keys from construction to destruction, and finds out who calls.
class Security {
 public:
  // The others outlive this.
  Security(const SecuritySettings& settings, identity::Grants& grants,
           const runtime::Keyring& keyring, rpc::RevokedUntil revoked_until);

  const rpc::Authenticator& authenticator() const { return authenticator_; }
  // Ends at once what waits for keys.
  void Shutdown() { keys_.Shutdown(); }

 private:
  identity::KeySource keys_;
  identity::TokenVerifier verifier_;
  const rpc::Authenticator authenticator_;
};

}  // namespace scharnier::host

#endif  // SCHARNIER_COMMON_HOST_SECURITY_H_
