// Who calls with an action token.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors/macros.h"
#include "common/identity/action_token.h"
#include "common/rpc/identity.h"
#include "common/rpc/policy.h"
#include "common/runtime/clock.h"
#include "common/testing/callers.h"
#include "common/testing/matchers.h"
#include "common/types/timestamp.h"
#include "scharnier/events/v1/registration_service.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using identity::v1::ActionToken;
using testing::EqualsProto;
using testing::HasReason;
using testing::IsOk;

constexpr auto kInvalid = types::v1::ERROR_REASON_ACTION_TOKEN_INVALID;
constexpr char kRegistration[] =
    "sessions/01900000-0000-7000-8000-00000000000a/registrations/"
    "01900000-0000-7000-8000-00007f3a92c1";
const absl::Time kNow = absl::FromUnixSeconds(1'602'000'000);

class ActionCallerTest : public ::testing::Test {
 protected:
  ActionCallerTest() {
    token_.set_purpose(ActionToken::PURPOSE_REGISTRATION);
    token_.set_resource(kRegistration);
    token_.set_holder("3f2a");
    *token_.mutable_issue_time() = types::ToProto(kNow);
    *token_.mutable_expire_time() = types::ToProto(kNow + absl::Hours(1));
  }

  absl::StatusOr<runtime::Caller> Identify(std::vector<std::string> authorization,
                                           absl::Time now = kNow) {
    const absl::Time deadline = absl::Now() + absl::Seconds(10);
    auto caller =
        authenticator_->Identify({.authorization = std::move(authorization)}, {}, now, deadline);
    RETURN_IF_ERROR(caller.status());
    RETURN_IF_ERROR(authenticator_->CheckNotRevoked(*caller, deadline));
    return caller;
  }
  std::string Mint() { return identity::MintActionToken(keyring_, token_); }

  const runtime::Keyring keyring_ = runtime::Keyring::Random();
  ActionToken token_;
  // What was taken back, and what was asked of it.
  absl::StatusOr<absl::Time> revoked_ = absl::InfinitePast();
  std::vector<std::string> asked_;
  const std::unique_ptr<Authenticator> authenticator_ = testing::Callers::Get().Authenticator(
      keyring_, [this](const std::string& resource, absl::Time) {
        asked_.push_back(resource);
        return revoked_;
      });
};

TEST_F(ActionCallerTest, IsNamedByAHashOfTheToken) {
  const std::string text = Mint();
  const auto caller = Identify({absl::StrCat("Action ", text)});
  ASSERT_THAT(caller, IsOk());
  EXPECT_EQ(caller->role, options::v1::ROLE_TOKEN);
  EXPECT_EQ(caller->subject.size(), 32);
  EXPECT_EQ(caller->email, "");
  ASSERT_NE(caller->action, nullptr);
  EXPECT_THAT(*caller->action, EqualsProto(token_));
  EXPECT_THAT(asked_, ::testing::ElementsAre(kRegistration));
  EXPECT_EQ(Identify({absl::StrCat("Action ", text)})->subject, caller->subject);
  EXPECT_NE(Identify({absl::StrCat("Action ", Mint())})->subject, caller->subject);
}

TEST_F(ActionCallerTest, OpensItsResourceForItsPurpose) {
  const auto caller = Identify({absl::StrCat("Action ", Mint())});
  ASSERT_THAT(caller, IsOk());
  EXPECT_TRUE(caller->Opens(ActionToken::PURPOSE_REGISTRATION, kRegistration));
  EXPECT_FALSE(caller->Opens(ActionToken::PURPOSE_INVITATION, kRegistration));
  EXPECT_FALSE(caller->Opens(ActionToken::PURPOSE_REGISTRATION, absl::StrCat(kRegistration, "2")));
  EXPECT_FALSE(caller->Opens(ActionToken::PURPOSE_REGISTRATION, ""));
  EXPECT_FALSE(runtime::Caller().Opens(ActionToken::PURPOSE_UNSPECIFIED, ""));
}

TEST_F(ActionCallerTest, MayCallWhatItsPolicyAllows) {
  const auto caller = Identify({absl::StrCat("Action ", Mint())});
  ASSERT_THAT(caller, IsOk());
  const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      "scharnier.events.v1.RegistrationService");
  for (const char* allowed : {"GetRegistration", "UpdateRegistration", "CancelRegistration"}) {
    EXPECT_THAT(CheckPolicy(*service->FindMethodByName(allowed), *caller), IsOk()) << allowed;
  }
  for (const char* refused : {"Register", "ListRegistrations"}) {
    EXPECT_THAT(CheckPolicy(*service->FindMethodByName(refused), *caller),
                HasReason(types::v1::ERROR_REASON_ROLE_NOT_ALLOWED))
        << refused;
  }
}

TEST_F(ActionCallerTest, IsRefusedInOneWay) {
  const std::string text = Mint();
  const struct {
    const char* what;
    std::string header;
    absl::Time now;
    absl::Time revoked;
  } cases[] = {
      {"no token", "Action ", kNow, absl::InfinitePast()},
      {"a second blank", absl::StrCat("Action  ", text), kNow, absl::InfinitePast()},
      {"an access token", absl::StrCat("Action ", testing::Callers::Get().Token("staff devos")),
       kNow, absl::InfinitePast()},
      {"changed", absl::StrCat("Action ", text.substr(1)), kNow, absl::InfinitePast()},
      {"expired", absl::StrCat("Action ", text), kNow + absl::Hours(1), absl::InfinitePast()},
      {"taken back at once", absl::StrCat("Action ", text), kNow, kNow},
      {"taken back later", absl::StrCat("Action ", text), kNow, kNow + absl::Milliseconds(1)},
  };
  for (const auto& c : cases) {
    revoked_ = c.revoked;
    const auto caller = Identify({c.header}, c.now);
    EXPECT_THAT(caller, HasReason(kInvalid)) << c.what;
    EXPECT_EQ(caller.status(), identity::ActionTokenInvalid()) << c.what;
  }
  revoked_ = kNow - absl::Milliseconds(1);
  EXPECT_THAT(Identify({absl::StrCat("Action ", text)}), IsOk()) << "made after others were";
}

TEST_F(ActionCallerTest, OtherHeadersAreNoActionTokens) {
  const std::string text = Mint();
  for (const auto& headers : std::vector<std::vector<std::string>>{
           {absl::StrCat("Bearer ", text)},
           {absl::StrCat("action ", text)},
           {absl::StrCat("Action:", text)},
           {text},
           {absl::StrCat("Action ", text), absl::StrCat("Action ", text)},
       }) {
    EXPECT_THAT(Identify(headers), HasReason(types::v1::ERROR_REASON_TOKEN_INVALID)) << headers[0];
  }
  EXPECT_TRUE(asked_.empty());
}

TEST_F(ActionCallerTest, WhoCannotBeAskedBelievesNothing) {
  revoked_ = absl::UnavailableError("away");
  EXPECT_EQ(Identify({absl::StrCat("Action ", Mint())}).status(), absl::UnavailableError("away"));
}

}  // namespace
}  // namespace scharnier::rpc
