#include "services/organisations/rules/mandate.h"

#include "common/testing/matchers.h"
#include "common/testing/text_proto.h"
#include "common/types/timestamp.h"
#include "gmock/gmock.h"
#include "scharnier/organisations/v1/error_reason.pb.h"

namespace scharnier::organisations::rules {
namespace {

using testing::FromText;
using testing::HasMetadata;
using testing::HasReason;
using testing::IsOk;

const absl::Time kNow = absl::FromUnixSeconds(1'646'000'000);

v1::Mandate Invitation() {
  return Invite(FromText<v1::Mandate>(
                    "full_name: 'An Peeters' email: 'an@example.org' role: ROLE_EDITOR etag: 'x'"),
                "key", kNow);
}

TEST(Invite, TakesWhatIsAskedForAndNothingElse) {
  const v1::Mandate invited = Invitation();
  EXPECT_EQ(invited.state(), v1::Mandate::STATE_INVITED);
  EXPECT_EQ(invited.person_key(), "key");
  EXPECT_EQ(invited.etag(), "");
  EXPECT_EQ(types::FromProto(invited.expire_time()), kNow + absl::Hours(14 * 24));
}

TEST(Accept, UntilItExpires) {
  const absl::Time expires = kNow + kInvitation;
  const auto accepted = Accept(Invitation(), "", expires - absl::Milliseconds(1));
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->state(), v1::Mandate::STATE_ACTIVE);
  EXPECT_EQ(types::FromProto(accepted->accept_time()), expires - absl::Milliseconds(1));
  EXPECT_THAT(Accept(Invitation(), "", expires), HasReason(v1::ERROR_REASON_MANDATE_EXPIRED));
}

TEST(Accept, MakesItTheAccounts) {
  EXPECT_EQ(Invitation().holder_key(), "key");
  EXPECT_EQ(Accept(Invitation(), "", kNow)->holder_key(), "key");
  EXPECT_EQ(Accept(Invitation(), "account", kNow)->holder_key(), "account");
  EXPECT_EQ(Accept(Invitation(), "account", kNow)->person_key(), "key");
}

TEST(Accept, OnlyAnInvitation) {
  v1::Mandate mandate = Invitation();
  mandate.set_state(v1::Mandate::STATE_ACTIVE);
  EXPECT_THAT(Accept(mandate, "", kNow), HasMetadata("state", "ACTIVE"));
  mandate.set_state(v1::Mandate::STATE_REVOKED);
  EXPECT_THAT(Accept(mandate, "", kNow), HasReason(v1::ERROR_REASON_MANDATE_STATE));
  mandate.set_state(v1::Mandate::STATE_EXPIRED);
  EXPECT_THAT(Accept(mandate, "", kNow), HasReason(v1::ERROR_REASON_MANDATE_EXPIRED));
}

TEST(Revoke, WhatIsOpenOrInForce) {
  v1::Mandate mandate = Invitation();
  EXPECT_THAT(Revoke(mandate, kNow), IsOk());
  mandate.set_state(v1::Mandate::STATE_ACTIVE);
  const auto revoked = Revoke(mandate, kNow);
  ASSERT_THAT(revoked, IsOk());
  EXPECT_EQ(revoked->state(), v1::Mandate::STATE_REVOKED);
  EXPECT_EQ(types::FromProto(revoked->revoke_time()), kNow);
  EXPECT_THAT(Revoke(*revoked, kNow), HasReason(v1::ERROR_REASON_MANDATE_STATE));
}

TEST(MayMandate, OfficersAndSignatories) {
  using Role = v1::Mandate;
  const struct {
    options::v1::Role caller;
    v1::Mandate::Role mandate;
    bool may;
  } cases[] = {
      {options::v1::ROLE_REGISTER_OFFICER, Role::ROLE_UNSPECIFIED, true},
      {options::v1::ROLE_PERSON, Role::ROLE_SIGNATORY, true},
      {options::v1::ROLE_PERSON, Role::ROLE_EDITOR, false},
      {options::v1::ROLE_PERSON, Role::ROLE_VIEWER, false},
      {options::v1::ROLE_PERSON, Role::ROLE_UNSPECIFIED, false},
  };
  for (const auto& c : cases) {
    const absl::Status status =
        MayMandate({.role = c.caller, .subject = "x"}, c.mandate, "organisations/x");
    EXPECT_EQ(status.ok(), c.may) << c.mandate;
    if (!c.may) {
      EXPECT_THAT(status, HasReason(v1::ERROR_REASON_MANDATE_NEEDED));
    }
  }
}

}  // namespace
}  // namespace scharnier::organisations::rules
