#include "common/testing/callers.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/testing/eventually.h"

namespace scharnier::testing {
namespace {

constexpr char kService[] = "service ";
constexpr char kPerson[] = "person ";

// The teams that tests call as; they may do all that a team can.
constexpr const char* kTeams[] = {"portaal", "reporting", "tester"};
constexpr char kGrant[] = R"({"team": "%", "fields": ["DATA_PERSONAL"], "for_people": true,
  "resources": ["organisations", "registrations", "proposals", "events/changes",
                "organisations/changes", "proposals/changes", "notifications/changes"],
  "end_date": {"year": 2999, "month": 12, "day": 31}})";

std::unique_ptr<identity::Grants> MakeGrants(const Authority& authority) {
  std::vector<std::string> grants;
  for (const char* team : kTeams) {
    grants.push_back(absl::StrReplaceAll(kGrant, {{"%", team}}));
  }
  const std::string path = absl::StrCat(authority.Trust().ca, ".grants");
  std::ofstream(path) << R"({"grants": [)" << absl::StrJoin(grants, ",") << "]}";
  auto opened = identity::Grants::Open(path);
  if (!opened.ok()) {
    std::fprintf(stderr, "the test's grants: %s\n", opened.status().ToString().c_str());
    std::abort();
  }
  return *std::move(opened);
}

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", text, "\""); }

// The claims of whom a line names.
Members ClaimsOf(absl::string_view caller) {
  Members claims = Issuer::Claims(absl::Now());
  if (absl::ConsumePrefix(&caller, kPerson)) {
    const std::vector<std::string> parts = absl::StrSplit(caller, " via ");
    claims["sub"] = Quoted(absl::StrCat("account-of-", parts[0]));
    claims["email"] = Quoted(parts[0]);
    claims["email_verified"] = "true";
    if (parts.size() > 1) {
      claims["act"] = absl::StrCat(R"({"sub": ")", parts[1], "\"}");
    }
    return claims;
  }
  const std::pair<std::string, std::string> roles_and_name = absl::StrSplit(caller, ' ');
  const std::vector<std::string> roles = absl::StrSplit(roles_and_name.first, ',');
  claims["roles"] = absl::StrCat("[\"", absl::StrJoin(roles, "\",\""), "\"]");
  claims["sub"] = Quoted(roles_and_name.second);
  return claims;
}

}  // namespace

absl::StatusOr<absl::Time> NothingRevoked(const std::string& /*resource*/,
                                          absl::Time /*deadline*/) {
  return absl::InfinitePast();
}

Callers& Callers::Get() {
  static auto* callers = new Callers();
  return *callers;
}

Callers::Callers()
    : keys_({.fetch = [this] { return issuer_.Jwks(); }}),
      verifier_({.issuer = std::string(Issuer::kUrl), .audience = std::string(Issuer::kAudience)},
                keys_),
      grants_(MakeGrants(authority_)) {
  // The first token finds the keys there: nobody waits for a source that has none.
  static_cast<void>(Eventually([this] { return keys_.Keys().ok(); }));
}

std::string Callers::Token(const std::string& caller) {
  if (caller.empty() || absl::StartsWith(caller, kService)) {
    return "";
  }
  const absl::MutexLock lock(&mutex_);
  std::string& token = tokens_[caller];
  if (token.empty()) {
    token = issuer_.Token(ClaimsOf(caller));
  }
  return token;
}

rpc::TlsFiles Callers::Tls(const std::string& caller) {
  absl::string_view name = caller;
  if (!absl::ConsumePrefix(&name, kService)) {
    return authority_.Trust();
  }
  const absl::MutexLock lock(&mutex_);
  rpc::TlsFiles& files = certificates_[caller];
  if (files.certificate.empty()) {
    files = authority_.Issue(std::string(name));
  }
  return files;
}

std::unique_ptr<rpc::Authenticator> Callers::Authenticator(const runtime::Keyring& keyring,
                                                           rpc::RevokedUntil revoked_until) {
  return std::make_unique<rpc::Authenticator>(verifier_, *grants_, std::string(Issuer::kUrl),
                                              kSpiffePrefix, keyring, std::move(revoked_until));
}

}  // namespace scharnier::testing
