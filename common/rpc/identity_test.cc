#include "common/rpc/identity.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/testing/callers.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;
using ::testing::IsNull;
using testing::IsOk;
using testing::kSpiffePrefix;
using ::testing::Not;
using ::testing::NotNull;

class IdentityTest : public ::testing::Test {
 protected:
  absl::StatusOr<runtime::Caller> Identify(const Credentials& credentials) const {
    options::v1::Policy policy;
    policy.add_services("notifications");
    return authenticator_->Identify(credentials, policy, absl::Now(), absl::InfiniteFuture());
  }
  absl::StatusOr<runtime::Caller> As(const std::string& caller) const {
    return Identify({.authorization = {Bearer(testing::Callers::Get().Token(caller))}});
  }
  // Somebody with these claims beside those that every token has.
  absl::StatusOr<runtime::Caller> With(const testing::Members& more) const {
    testing::Members claims = testing::Issuer::Claims(absl::Now());
    for (const auto& [name, value] : more) {
      claims[name] = value;
    }
    return Identify({.authorization = {Bearer(testing::Callers::Get().Sign(claims))}});
  }
  static std::string Bearer(const std::string& token) { return absl::StrCat("Bearer ", token); }

  const runtime::Keyring keyring_ = runtime::Keyring::Random();
  const std::unique_ptr<Authenticator> authenticator_ =
      testing::Callers::Get().Authenticator(keyring_);
};

TEST_F(IdentityTest, NobodyInParticularShowsNothing) {
  const auto caller = Identify({});
  ASSERT_THAT(caller, IsOk());
  EXPECT_EQ(caller->Id(), "anonymous");
}

TEST_F(IdentityTest, PeopleAreKnownByTheirAddressAndTheirAccount) {
  const auto an = As("person An.Peeters@Example.org");
  ASSERT_THAT(an, IsOk());
  EXPECT_TRUE(an->is(options::v1::ROLE_PERSON));
  EXPECT_EQ(an->email, "an.peeters@example.org");
  EXPECT_EQ(an->subject, runtime::PersonKey(keyring_, "an.peeters@example.org"));
  EXPECT_EQ(an->account.size(), 64u);
  EXPECT_NE(an->account, an->subject);
  // Another address of the same account, and the same address in another account.
  const auto moved = With({{"sub", "\"account-of-An.Peeters@Example.org\""},
                           {"email", "\"an@example.org\""},
                           {"email_verified", "true"}});
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->account, an->account);
  EXPECT_NE(moved->subject, an->subject);
  const auto successor = With({{"sub", "\"another\""},
                               {"email", "\"an.peeters@example.org\""},
                               {"email_verified", "true"}});
  ASSERT_THAT(successor, IsOk());
  EXPECT_NE(successor->account, an->account);
  EXPECT_EQ(successor->subject, an->subject);
}

TEST_F(IdentityTest, StaffMayBeSeveralThings) {
  const auto devos = As("register-officer,staff devos");
  ASSERT_THAT(devos, IsOk());
  EXPECT_EQ(devos->Id(), "staff:devos");
  EXPECT_THAT(devos->further, ElementsAre(options::v1::ROLE_REGISTER_OFFICER));
  EXPECT_TRUE(devos->is(options::v1::ROLE_REGISTER_OFFICER));
  EXPECT_FALSE(devos->is(options::v1::ROLE_OPERATOR));
  EXPECT_THAT(devos->email, IsEmpty());
}

TEST_F(IdentityTest, TeamsBringTheirGrant) {
  const auto team = As("team reporting");
  ASSERT_THAT(team, IsOk());
  EXPECT_EQ(team->Id(), "team:reporting");
  EXPECT_THAT(team->grant, NotNull());
  EXPECT_THAT(As("team unheard")->grant, IsNull());

  const auto person = As("person an@example.org via reporting");
  ASSERT_THAT(person, IsOk());
  EXPECT_EQ(person->subject, As("person an@example.org")->subject);
  EXPECT_EQ(person->via, "team:reporting");
  EXPECT_TRUE(person->through_team());
  EXPECT_THAT(person->grant, NotNull());
}

// Roles that are none of ours say nothing: who has only such is a person like others.
TEST_F(IdentityTest, TokensThatNameNobodyAreRefused) {
  const struct {
    const char* what;
    testing::Members claims;
  } cases[] = {
      {"no address", {}},
      {"an address that nobody has verified", {{"email", "\"an@example.org\""}}},
      {"no address at all", {{"email", "\"an\""}, {"email_verified", "true"}}},
      {"a foreign role", {{"roles", R"(["admin"])"}}},
      {"staff named by an address", {{"roles", R"(["staff"])"}, {"sub", "\"devos@example.org\""}}},
      {"a team of staff", {{"roles", R"(["team", "staff"])"}}},
      {"somebody who acts for staff",
       {{"roles", R"(["staff"])"}, {"act", R"({"sub": "reporting"})"}}},
      {"an address that acts for a person",
       {{"email", "\"an@example.org\""},
        {"email_verified", "true"},
        {"act", R"({"sub": "bea@example.org"})"}}},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(With(c.claims), HasReason(types::v1::ERROR_REASON_NOT_IDENTIFIED)) << c.what;
  }
  EXPECT_THAT(With({{"roles", R"(["staff"])"}, {"sub", "\"de.vos_2-b\""}}), IsOk());
}

TEST_F(IdentityTest, OnlyOneBearerTokenIsOne) {
  const std::string token = testing::Callers::Get().Token("staff devos");
  const std::vector<std::string> cases[] = {
      {""},
      {token},
      {"Bearer"},
      {"Bearer "},
      {absl::StrCat("bearer ", token)},
      {absl::StrCat("Bearer  ", token)},
      {absl::StrCat("Bearer ", token, " ")},
      {absl::StrCat("Basic ", token)},
      {Bearer(token), Bearer(token)},
      {Bearer(token), ""},
  };
  for (const auto& authorization : cases) {
    EXPECT_THAT(Identify({.authorization = authorization}),
                HasReason(types::v1::ERROR_REASON_TOKEN_INVALID))
        << ::testing::PrintToString(authorization);
  }
  EXPECT_THAT(Identify({.authorization = {Bearer(token)}}), IsOk());
}

TEST_F(IdentityTest, ServicesAreKnownByTheirWholeName) {
  const auto id = [](const std::string& name) { return absl::StrCat(kSpiffePrefix, name); };
  EXPECT_EQ(Identify({.certified = true, .peer = id("notifications")})->Id(),
            "service:notifications");
  // One that the method does not list is nobody in particular there.
  EXPECT_EQ(Identify({.certified = true, .peer = id("events")})->Id(), "anonymous");
  EXPECT_EQ(Identify({.certified = true, .peer = id("events")})->via, "service:events");
  for (const std::string& peer :
       {std::string(), id(""), id("Notifications"), id("notifications/"), id("notifications/x"),
        id("notifications?"), id("%6eotifications"), std::string("notifications"),
        std::string("spiffe://test.example/ns/other/sa/notifications"),
        std::string("spiffe://test.example.org/ns/tests/sa/notifications"),
        absl::StrCat("x", kSpiffePrefix, "notifications")}) {
    EXPECT_THAT(Identify({.certified = true, .peer = peer}),
                HasReason(types::v1::ERROR_REASON_CERTIFICATE_INVALID))
        << peer;
  }
  // What no authority has signed counts for nothing.
  EXPECT_EQ(Identify({.certified = false, .peer = id("notifications")})->Id(), "anonymous");
}

TEST_F(IdentityTest, ATokenCountsWhoeverPassesItOn) {
  const std::string token = Bearer(testing::Callers::Get().Token("staff devos"));
  const auto caller = Identify({.authorization = {token},
                                .certified = true,
                                .peer = absl::StrCat(kSpiffePrefix, "notifications")});
  ASSERT_THAT(caller, IsOk());
  EXPECT_EQ(caller->Id(), "staff:devos");
  EXPECT_EQ(caller->via, "service:notifications");
  EXPECT_THAT(Identify({.authorization = {token}, .certified = true, .peer = ""}), Not(IsOk()));
}

}  // namespace
}  // namespace scharnier::rpc
