#include "common/rpc/limits.h"

#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "scharnier/events/v1/registration_service.pb.h"
#include "scharnier/proposals/v1/proposal_service.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using ::testing::AllOf;
using testing::HasMetadata;
using testing::HasReason;
using testing::IsOk;

constexpr absl::Time kStart = absl::FromUnixSeconds(1'600'000'000);
constexpr RateLimit kOne{.per_second = 1, .burst = 1};
constexpr char kAddress[] = "192.0.2.1";

auto LimitedBy(const char* limit) {
  return AllOf(HasReason(types::v1::ERROR_REASON_RATE_LIMITED), HasMetadata("limit", limit));
}

TEST(Limits, CountCallersApart) {
  const struct {
    runtime::Caller caller;
    std::string key;
  } cases[] = {
      {{.role = options::v1::ROLE_PERSON, .subject = "3f"}, "person:3f"},
      {{.role = options::v1::ROLE_STAFF, .subject = "devos"}, "staff:devos"},
      {{.role = options::v1::ROLE_TEAM, .subject = "reporting"}, "team:reporting"},
      {{.role = options::v1::ROLE_SERVICE, .subject = "events"}, ""},
      {{}, kAddress},
      {{.via = "service:gateway"}, ""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(CallerKey(c.caller, kAddress), c.key);
    Limits limits({.caller = kOne});
    EXPECT_THAT(limits.TakeCall(c.caller, kAddress, kStart), IsOk());
    const absl::Status second = limits.TakeCall(c.caller, kAddress, kStart);
    if (c.key.empty()) {
      EXPECT_THAT(second, IsOk());
    } else {
      EXPECT_THAT(second, LimitedBy("caller"));
    }
  }
}

TEST(Limits, CountMutationsWithTheOrganisationsThatTheyName) {
  Limits limits({.organisation = kOne});
  events::v1::RegisterRequest registration;
  EXPECT_THAT(limits.TakeMutation(registration, kStart), IsOk());
  EXPECT_THAT(limits.TakeMutation(registration, kStart), IsOk());
  registration.mutable_registration()->set_organisation("organisations/1");
  EXPECT_THAT(limits.TakeMutation(registration, kStart), IsOk());
  EXPECT_THAT(limits.TakeMutation(registration, kStart), LimitedBy("organisation"));
  proposals::v1::InvitePartnerRequest invitation;
  invitation.set_organisation("organisations/1");
  EXPECT_THAT(limits.TakeMutation(invitation, kStart), LimitedBy("organisation"));
  invitation.set_organisation("organisations/2");
  EXPECT_THAT(limits.TakeMutation(invitation, kStart), IsOk());
}

TEST(Limits, CountStreams) {
  Limits limits({.streams = 2});
  EXPECT_THAT(limits.OpenStream("an"), IsOk());
  EXPECT_THAT(limits.OpenStream("an"), IsOk());
  EXPECT_THAT(limits.OpenStream("an"), LimitedBy("stream"));
  EXPECT_THAT(limits.OpenStream("bea"), IsOk());
  limits.CloseStream("an");
  EXPECT_THAT(limits.OpenStream("an"), IsOk());
}

}  // namespace
}  // namespace scharnier::rpc
