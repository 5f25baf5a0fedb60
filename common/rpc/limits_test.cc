#include "common/rpc/limits.h"

#include "absl/strings/str_cat.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "scharnier/events/v1/registration_service.pb.h"
#include "scharnier/proposals/v1/idea_service.pb.h"
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

TEST(Limits, CountMutationsWithTheOrganisationsInWhoseNameTheyWereDone) {
  Limits limits({.organisation = kOne});
  proposals::v1::SubmitIdeaRequest idea;
  limits.CountMutation(idea, kStart);
  EXPECT_THAT(limits.CheckMutation(idea, kStart), IsOk());
  idea.mutable_idea()->set_organisation("organisations/1");
  EXPECT_THAT(limits.CheckMutation(idea, kStart), IsOk());
  EXPECT_THAT(limits.CheckMutation(idea, kStart), IsOk()) << "none was done";
  limits.CountMutation(idea, kStart);
  EXPECT_THAT(limits.CheckMutation(idea, kStart), LimitedBy("organisation"));
  proposals::v1::AnswerInvitationRequest answer;
  answer.set_organisation("organisations/1");
  EXPECT_THAT(limits.CheckMutation(answer, kStart), LimitedBy("organisation"));
  answer.set_organisation("organisations/2");
  EXPECT_THAT(limits.CheckMutation(answer, kStart), IsOk());
}

// Else a lead could keep another organisation from answering, and who claims to come for one from
// whatever it does.
TEST(Limits, DoNotCountWhomOthersName) {
  Limits limits({.organisation = kOne});
  proposals::v1::InvitePartnerRequest invitation;
  invitation.set_organisation("organisations/1");
  limits.CountMutation(invitation, kStart);
  events::v1::RegisterRequest claim;
  claim.mutable_registration()->set_organisation("organisations/1");
  limits.CountMutation(claim, kStart);
  proposals::v1::AnswerInvitationRequest answer;
  answer.set_organisation("organisations/1");
  EXPECT_THAT(limits.CheckMutation(answer, kStart), IsOk());
}

TEST(Limits, CountBadCredentialsOfAHost) {
  Limits limits({.caller = kOne});
  EXPECT_THAT(limits.CheckCredentials(kAddress, kStart), IsOk());
  EXPECT_THAT(limits.CheckCredentials(kAddress, kStart), IsOk());
  limits.CountBadCredentials(kAddress, kStart);
  EXPECT_THAT(limits.CheckCredentials(kAddress, kStart), LimitedBy("caller"));
  EXPECT_THAT(limits.CheckCredentials("192.0.2.2", kStart), IsOk());
  EXPECT_THAT(limits.TakeCall({}, kAddress, kStart), IsOk()) << "others there show none";
}

TEST(Limits, CountCallsInFlight) {
  Limits limits({.calls = 2, .streams = 1});
  EXPECT_THAT(limits.Begin("an", true), IsOk());
  EXPECT_THAT(limits.Begin("an", true), LimitedBy("stream"));
  EXPECT_THAT(limits.Begin("an", false), IsOk());
  EXPECT_THAT(limits.Begin("an", false), LimitedBy("call"));
  EXPECT_THAT(limits.Begin("bea", true), IsOk());
  EXPECT_THAT(limits.Begin("", true), IsOk()) << "services";
  limits.End("an", true);
  EXPECT_THAT(limits.Begin("an", true), IsOk());
}

TEST(Limits, LeaveRoomForAnswersToOthers) {
  constexpr int64_t kLarge = 1 << 20;
  Limits limits({.unread = 24 * kLarge});
  EXPECT_THAT(limits.BeginAnswer("an", kLarge, false), IsOk());
  EXPECT_THAT(limits.BeginAnswer("an", kLarge, false), IsOk());
  EXPECT_THAT(limits.BeginAnswer("an", kLarge, false), LimitedBy("answer"));
  EXPECT_THAT(limits.Begin("an", false), IsOk()) << "it may be small";
  EXPECT_THAT(limits.BeginAnswer("an", kLarge, true), IsOk()) << "done";
  EXPECT_THAT(limits.BeginAnswer("an", kSmallAnswer, false), IsOk());
  EXPECT_THAT(limits.Begin("an", false), LimitedBy("answer"));
  EXPECT_THAT(limits.BeginAnswer("", kLarge, false), IsOk()) << "strangers, all together";
  EXPECT_THAT(limits.BeginAnswer("", kLarge, false), IsOk());
  EXPECT_THAT(limits.BeginAnswer("", kLarge, false), LimitedBy("answer"));
  EXPECT_THAT(limits.Begin("", false), IsOk());
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(limits.BeginAnswer(absl::StrCat(i), kLarge, false), IsOk()) << "everybody has one";
  }
  EXPECT_THAT(limits.BeginAnswer("0", kLarge, false), LimitedBy("answer"));
  EXPECT_THAT(limits.BeginAnswer("bea", kSmallAnswer, false), IsOk());
  EXPECT_THAT(limits.Begin("bea", false), IsOk()) << "others have left too much";
  for (int i = 0; i < 100; ++i) {
    limits.EndAnswer(absl::StrCat(i), kLarge);
  }
  limits.EndAnswer("an", kLarge);
  limits.EndAnswer("an", kLarge);
  EXPECT_THAT(limits.Begin("an", false), IsOk());
  EXPECT_THAT(limits.BeginAnswer("an", kLarge, false), IsOk());
}

TEST(Limits, LeaveHalfOfAllToSmallAnswers) {
  Limits limits({.unread = 4 * kSmallAnswer});
  EXPECT_THAT(limits.BeginAnswer("", kSmallAnswer, false), IsOk());
  EXPECT_THAT(limits.BeginAnswer("", kSmallAnswer, false), IsOk());
  EXPECT_THAT(limits.BeginAnswer("", kSmallAnswer, false), LimitedBy("answer"));
}

}  // namespace
}  // namespace scharnier::rpc
