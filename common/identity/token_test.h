// File: token_test.h
// What tests of tokens share: an issuer, rules, an instant.

#ifndef SCHARNIER_COMMON_IDENTITY_TOKEN_TEST_H_
#define SCHARNIER_COMMON_IDENTITY_TOKEN_TEST_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/errors/errors.h"
#include "common/identity/token.h"
#include "common/testing/issuer.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::identity {

using ::scharnier::testing::HasReason;
using ::scharnier::testing::IsOk;
using ::scharnier::testing::IsOkAnd;
using ::scharnier::testing::Issuer;
using ::scharnier::testing::Members;
using ::scharnier::testing::ToJson;

// Refused as every token is: the same status whatever the rule.
MATCHER(IsRefused, "is refused") {
  const absl::Status& status = testing::ToStatus(arg);
  return ::testing::ExplainMatchResult(HasReason(types::v1::ERROR_REASON_TOKEN_INVALID), status,
                                       result_listener) &&
         status.message() == "the access token cannot be relied on" &&
         errors::Info(status).metadata().empty();
}

inline KeySet KeysOf(const Issuer& issuer, Algorithm algorithm = Algorithm::kEs256) {
  return KeySet::Parse(issuer.Jwks(), algorithm).value();
}

// Every mutant differs in one point from a token that is accepted: each test begins with that.
class TokenTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_THAT(Verify(issuer_.Token(claims_)), IsOk()); }

  absl::StatusOr<Claims> Verify(absl::string_view token) const {
    return VerifyToken(token, keys_, rules_, now_);
  }
  // A token of the valid header and claims, with a member that has another value (JSON) or, where
  // that is empty, none.
  std::string WithClaim(const std::string& name, const std::string& value) const {
    return issuer_.Sign(ToJson(issuer_.Header()), Changed(claims_, name, value));
  }
  std::string WithHeader(const std::string& name, const std::string& value) const {
    return issuer_.Sign(Changed(issuer_.Header(), name, value), ToJson(claims_));
  }

  const absl::Time now_ = absl::FromUnixSeconds(1'650'000'000);
  const TokenRules rules_ = {.issuer = std::string(Issuer::kUrl),
                             .audience = std::string(Issuer::kAudience)};
  const Issuer issuer_;
  const KeySet keys_ = KeysOf(issuer_);
  const Members claims_ = Issuer::Claims(now_);

 private:
  static std::string Changed(Members members, const std::string& name, const std::string& value) {
    if (value.empty()) {
      members.erase(name);
    } else {
      members[name] = value;
    }
    return ToJson(members);
  }
};

}  // namespace scharnier::identity

#endif  // SCHARNIER_COMMON_IDENTITY_TOKEN_TEST_H_
