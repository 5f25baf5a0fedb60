#include "services/notifications/rules/purposes.h"

#include "common/testing/text_proto.h"
#include "gmock/gmock.h"

namespace scharnier::notifications::rules {
namespace {

using organisations::v1::Organisation;
using proposals::v1::Call;
using testing::FromText;

struct Case {
  const char* change_type;
  v1::Purpose purpose;
};

constexpr Case kCases[] = {
    {"scharnier.events.v1.registration.confirmed", v1::PURPOSE_REGISTRATION_CONFIRMED},
    {"scharnier.events.v1.registration.waitlisted", v1::PURPOSE_REGISTRATION_WAITLISTED},
    {"scharnier.events.v1.registration.promoted", v1::PURPOSE_REGISTRATION_PROMOTED},
    {"scharnier.events.v1.registration.cancelled", v1::PURPOSE_REGISTRATION_CANCELLED},
    {"scharnier.proposals.v1.call.published", v1::PURPOSE_CALL_PUBLISHED},
    {"scharnier.proposals.v1.call.amended", v1::PURPOSE_CALL_AMENDED},
    {"scharnier.proposals.v1.idea.received", v1::PURPOSE_IDEA_RECEIVED},
    {"scharnier.proposals.v1.invitation.sent", v1::PURPOSE_PARTNER_INVITED},
    {"scharnier.proposals.v1.invitation.withdrawn", v1::PURPOSE_INVITATION_WITHDRAWN},
    {"scharnier.proposals.v1.invitation.accepted", v1::PURPOSE_INVITATION_ACCEPTED},
    {"scharnier.proposals.v1.invitation.declined", v1::PURPOSE_INVITATION_DECLINED},
    {"scharnier.proposals.v1.proposal.submitted", v1::PURPOSE_PROPOSAL_SUBMITTED},
    {"scharnier.organisations.v1.mandate.invited", v1::PURPOSE_MANDATE_OFFERED},
};

TEST(PurposesTest, EachChangeThatIsToldHasItsPurpose) {
  for (const Case& c : kCases) {
    EXPECT_EQ(PurposeOf(c.change_type), c.purpose) << c.change_type;
  }
}

TEST(PurposesTest, NobodyIsToldOfOtherChanges) {
  for (const char* type :
       {"", "registration.confirmed", "scharnier.events.v1.session.published",
        "scharnier.events.v1.registration.confirmed2", "scharnier.events.v2.registration.confirmed",
        "scharnier.proposals.v1.idea.withdrawn", "scharnier.organisations.v1.mandate.revoked"}) {
    EXPECT_EQ(PurposeOf(type), std::nullopt) << type;
  }
}

TEST(PurposesTest, EveryPurposeHasAChange) {
  const google::protobuf::EnumDescriptor* purposes = v1::Purpose_descriptor();
  for (int i = 1; i < purposes->value_count(); ++i) {
    EXPECT_TRUE(std::any_of(std::begin(kCases), std::end(kCases), [&](const Case& c) {
      return c.purpose == purposes->value(i)->number();
    })) << purposes->value(i)->name();
  }
}

TEST(IsForTest, RegionAndKindDecide) {
  const Organisation facility = FromText<Organisation>(R"pb(
    kind: KIND_FACILITY
    regions: [ REGION_OVL, REGION_WVL ]
    state: STATE_ACTIVE)pb");
  for (const char* yes :
       {"", "regions: REGION_OVL", "regions: [ REGION_ANT, REGION_WVL ]", "kinds: KIND_FACILITY",
        "kinds: [ KIND_OTHER, KIND_FACILITY ] regions: REGION_OVL"}) {
    EXPECT_TRUE(IsFor(FromText<Call>(yes), facility)) << yes;
  }
  for (const char* no :
       {"regions: REGION_ANT", "kinds: KIND_REFERRER", "kinds: KIND_REFERRER regions: REGION_OVL",
        "kinds: KIND_FACILITY regions: REGION_ANT",
        "regions: REGION_OVL tracks { regions: REGION_ANT }",
        "kinds: KIND_FACILITY tracks { kinds: KIND_REFERRER }",
        "regions: REGION_ANT tracks { kinds: KIND_FACILITY }"}) {
    EXPECT_FALSE(IsFor(FromText<Call>(no), facility)) << no;
  }
  Organisation gone = facility;
  gone.clear_state();
  EXPECT_FALSE(IsFor(Call(), gone));
}

}  // namespace
}  // namespace scharnier::notifications::rules
