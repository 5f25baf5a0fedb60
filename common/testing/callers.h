// File: callers.h
// Who calls in tests, by a line of text, with a real token or certificate behind it:
//
//   "person an@example.org"   "staff devos"   "staff,register-officer devos"   "team reporting"
//   "person an@example.org via reporting"   "service notifications"   "" (nobody in particular)

#ifndef SCHARNIER_COMMON_TESTING_CALLERS_H_
#define SCHARNIER_COMMON_TESTING_CALLERS_H_

#include <map>
#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
#include "common/identity/grants.h"
#include "common/identity/key_source.h"
#include "common/identity/verifier.h"
#include "common/rpc/identity.h"
#include "common/rpc/tls_files.h"
#include "common/runtime/keyring.h"
#include "common/testing/authority.h"
#include "common/testing/issuer.h"

namespace scharnier::testing {

// No action token was taken back.
absl::StatusOr<absl::Time> NothingRevoked(const std::string& resource, absl::Time deadline);

// Thread-safe.
class Callers {
 public:
  // Those of the test program, made at first use.
  static Callers& Get();

  // A token with any claims.
  std::string Sign(const Members& claims) const { return issuer_.Token(claims); }
  // The caller's token; empty where they have none.
  std::string Token(const std::string& caller);
  // What the caller's client trusts and, if it is a service, shows.
  rpc::TlsFiles Tls(const std::string& caller);
  // A server's certificate.
  rpc::TlsFiles ServerTls() { return Tls("service server"); }

  // Finds out who calls, by this keyring, which outlives it.
  std::unique_ptr<rpc::Authenticator> Authenticator(
      const runtime::Keyring& keyring, rpc::RevokedUntil revoked_until = NothingRevoked);

 private:
  Callers();

  Authority authority_;
  const Issuer issuer_;
  identity::KeySource keys_;
  identity::TokenVerifier verifier_;
  std::unique_ptr<identity::Grants> grants_;
  absl::Mutex mutex_;
  std::map<std::string, std::string> tokens_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, rpc::TlsFiles> certificates_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace scharnier::testing

#endif  // SCHARNIER_COMMON_TESTING_CALLERS_H_
