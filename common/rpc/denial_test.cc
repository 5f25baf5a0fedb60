#include "common/rpc/denial.h"

#include <memory>

#include "common/errors/errors.h"
#include "gmock/gmock.h"
#include "scharnier/events/v1/registration_service.pb.h"
#include "scharnier/events/v1/session_service.pb.h"
#include "scharnier/proposals/v1/proposal_service.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using google::protobuf::Message;

constexpr char kId[] = "5e3c1c7e-8f9a-4d52-9a07-0d2f5c8e1b11";

class DenialTest : public ::testing::Test {
 protected:
  Denial Of(const char* method, const Message* request) {
    return DenialOf(ctx_, "192.0.2.1",
                    *google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(method),
                    request, status_);
  }

  const runtime::Context ctx_{
      {.caller = {.role = options::v1::ROLE_PERSON, .subject = "3f", .via = "team:reporting"},
       .now = absl::UnixEpoch(),
       .method = "Test/Call",
       .trace = runtime::StartSpan("")}};
  const absl::Status status_ = errors::Error(types::v1::ERROR_REASON_NOT_GRANTED, "no");
};

constexpr char kRegister[] = "scharnier.events.v1.RegistrationService.Register";

TEST_F(DenialTest, SaysWhoWasRefusedWhatAndWhy) {
  const Denial denial = Of(kRegister, nullptr);
  EXPECT_EQ(denial.caller, "person:3f");
  EXPECT_EQ(denial.via, "team:reporting");
  EXPECT_EQ(denial.key, "person:3f");
  EXPECT_EQ(denial.method, "Test/Call");
  EXPECT_EQ(denial.reason, "NOT_GRANTED");
  EXPECT_EQ(denial.trace, ctx_.trace().ToHeader());
  EXPECT_EQ(denial.request_id, "");
  EXPECT_EQ(denial.resource, "");
}

TEST_F(DenialTest, NamesWhatTheRequestIsAbout) {
  events::v1::RegisterRequest made;
  made.set_parent("sessions/1");
  made.set_request_id(kId);
  events::v1::CancelRegistrationRequest named;
  named.set_name("sessions/1/registrations/2");
  events::v1::UpdateSessionRequest updated;
  updated.mutable_session()->set_name("sessions/1");
  const events::v1::ListSessionsRequest nothing;
  const struct {
    const Message* request;
    const char* resource;
  } cases[] = {{&made, "sessions/1"},
               {&named, "sessions/1/registrations/2"},
               {&updated, "sessions/1"},
               {&nothing, ""}};
  for (const auto& [request, resource] : cases) {
    EXPECT_EQ(Of(kRegister, request).resource, resource);
  }
  EXPECT_EQ(Of(kRegister, &made).request_id, kId);
}

// Who was refused before the request was read has learnt nothing, and tells nothing.
TEST_F(DenialTest, IsDiscreetWhereTheMethodsOwnRefusalTellsOfADraft) {
  constexpr char kSubmit[] = "scharnier.proposals.v1.ProposalService.SubmitProposal";
  const proposals::v1::SubmitProposalRequest request;
  EXPECT_TRUE(Of(kSubmit, &request).discreet);
  EXPECT_FALSE(Of(kSubmit, nullptr).discreet);
  EXPECT_FALSE(Of(kRegister, &request).discreet);
}

TEST(IsDenialTest, AsksForTheCode) {
  EXPECT_TRUE(IsDenial(absl::PermissionDeniedError("")));
  EXPECT_TRUE(IsDenial(absl::UnauthenticatedError("")));
  EXPECT_FALSE(IsDenial(absl::NotFoundError("")));
  EXPECT_FALSE(IsDenial(absl::OkStatus()));
}

}  // namespace
}  // namespace scharnier::rpc
