#include "common/host/security.h"

#include <unistd.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/identity/fetch.h"

namespace scharnier::host {
namespace {

void CheckReadable(runtime::ConfigReader& reader, const std::string& flag,
                   const std::string& path) {
  if (!path.empty() && access(path.c_str(), R_OK) != 0) {
    reader.Problem(absl::StrCat("--", flag, ": cannot read ", path));
  }
}

// The path of a file that is watched, and has to be there from the beginning.
std::string ReadPath(runtime::ConfigReader& reader, const std::string& flag,
                     const std::string& help) {
  std::string path = reader.Required(flag, help);
  CheckReadable(reader, flag, path);
  return path;
}

}  // namespace

SecuritySettings ReadSecurity(runtime::ConfigReader& reader) {
  SecuritySettings s;
  s.tls.certificate = ReadPath(reader, "tls-certificate-file",
                               "certificate of the process, PEM; watched, as the next two are");
  s.tls.key = ReadPath(reader, "tls-key-file", "its key");
  s.tls.ca = ReadPath(reader, "tls-ca-file", "certificates of the authority of the suite");
  s.spiffe_prefix = reader.Required(
      "spiffe-prefix",
      "what the SPIFFE ids of the services begin with: spiffe://DOMAIN/ns/NAMESPACE/sa/");
  if (!s.spiffe_prefix.empty() &&
      !(absl::StartsWith(s.spiffe_prefix, "spiffe://") && absl::EndsWith(s.spiffe_prefix, "/"))) {
    reader.Problem("--spiffe-prefix: has to begin with spiffe:// and to end with /");
  }
  s.tokens.issuer = reader.Required("oidc-issuer", "issuer of access tokens, as in their `iss`");
  s.tokens.audience = reader.Required("oidc-audience", "what their `aud` has to be");
  const std::string algorithm =
      reader.String("oidc-algorithm", "how they are signed: ES256 or RS256", "ES256");
  if (algorithm == "RS256") {
    s.tokens.algorithm = identity::Algorithm::kRs256;
  } else if (algorithm != "ES256") {
    reader.Problem("--oidc-algorithm: has to be ES256 or RS256");
  }
  s.jwks_url = reader.Required("oidc-jwks-url", "where the issuer's keys are: https://…");
  if (!s.jwks_url.empty() && !absl::StartsWith(s.jwks_url, "https://")) {
    reader.Problem("--oidc-jwks-url: has to begin with https://");
  }
  s.jwks_ca_file = reader.String(
      "oidc-ca-file", "certificates to trust there; empty: those that the system trusts", "");
  CheckReadable(reader, "oidc-ca-file", s.jwks_ca_file);
  s.grants_file =
      reader.String("grants-file", "what other teams may do, as JSON; watched; empty: nothing", "");
  return s;
}

Security::Security(const SecuritySettings& settings, identity::Grants& grants,
                   const runtime::Keyring& keyring, rpc::RevokedUntil revoked_until)
    : keys_({.fetch =
                 [url = settings.jwks_url, ca_file = settings.jwks_ca_file] {
                   return identity::Fetch({.url = url, .ca_file = ca_file});
                 },
             .algorithm = settings.tokens.algorithm}),
      verifier_(settings.tokens, keys_),
      authenticator_(verifier_, grants, settings.tokens.issuer, settings.spiffe_prefix, keyring,
                     std::move(revoked_until)) {}

}  // namespace scharnier::host
