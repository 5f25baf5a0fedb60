#include "common/host/action_tokens.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/host/sql/all.sql.h"
#include "common/runtime/clock.h"
#include "common/runtime/uuid.h"
#include "common/testing/call_context.h"
#include "common/testing/matchers.h"
#include "common/testing/postgres.h"
#include "common/types/timestamp.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::host {
namespace {

using identity::v1::ActionToken;
using identity::v1::ActionTokenRevocation;
using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::HasField;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::IsOkAnd;

constexpr char kPattern[] = "sessions/*/registrations/*";

std::string ARegistration() {
  return absl::StrCat("sessions/", runtime::NewUuid(), "/registrations/", runtime::NewUuid());
}

identity::v1::RevokeActionTokensRequest Request(const std::string& resource) {
  identity::v1::RevokeActionTokensRequest request;
  request.set_resource(resource);
  request.set_request_id(runtime::NewUuid());
  return request;
}

class ActionTokensTest : public ::testing::Test {
 protected:
  ActionTokensTest() { tokens_.AddTo(table_); }

  absl::StatusOr<ActionTokenRevocation> Revoke(
      const runtime::Context& ctx, const identity::v1::RevokeActionTokensRequest& request) {
    absl::StatusOr<ActionTokenRevocation> answer = absl::UnknownError("no answer");
    table_.methods()[0].unary(
        ctx, request, [&](const absl::Status& status, const google::protobuf::Message* message) {
          if (status.ok()) {
            answer = static_cast<const ActionTokenRevocation&>(*message);
          } else {
            answer = status;
          }
        });
    return answer;
  }
  runtime::Context Staff() const {
    return testing::CallAs(options::v1::ROLE_STAFF, "devos", clock_.Now());
  }
  runtime::Context Holder(const std::string& resource) const {
    return testing::CallAsHolder(ActionToken::PURPOSE_REGISTRATION, resource, "3f", clock_.Now());
  }
  absl::StatusOr<absl::Time> RevokedUntil(const std::string& resource) {
    return tokens_.RevokedUntil(resource, absl::Now() + absl::Seconds(10));
  }

  testing::TestDatabase database_{"events", {}};
  runtime::ManualClock clock_{absl::FromUnixSeconds(1'602'000'000)};
  runtime::Keyring keyring_ = runtime::Keyring::Random();
  db::Database db_{database_.options()};
  ActionTokens tokens_{db_, keyring_, kPattern};
  rpc::ServiceTable table_{"scharnier.events.v1.ActionTokenService"};
};

TEST_F(ActionTokensTest, QueriesCanBeRun) {
  EXPECT_THAT(testing::PrepareAll(database_, sql::All()), IsEmpty());
  EXPECT_THAT(testing::UntaggedColumns(database_), IsEmpty());
}

TEST_F(ActionTokensTest, StaffTakeBackWhatWasMadeUntilNow) {
  const std::string resource = ARegistration();
  EXPECT_THAT(RevokedUntil(resource), IsOkAnd(absl::InfinitePast()));
  const auto request = Request(resource);
  const auto revoked = Revoke(Staff(), request);
  ASSERT_THAT(revoked, IsOk());
  EXPECT_EQ(revoked->name(), resource);
  EXPECT_EQ(types::FromProto(revoked->revoke_time()), clock_.Now());
  EXPECT_THAT(RevokedUntil(resource), IsOkAnd(clock_.Now()));
  EXPECT_THAT(RevokedUntil(ARegistration()), IsOkAnd(absl::InfinitePast()));
  EXPECT_THAT(database_.Sql("SELECT subject || ' ' || resource FROM audit"),
              ElementsAre(absl::StrCat("staff:devos ", resource)));
  EXPECT_THAT(database_.Sql("SELECT n FROM change"), IsEmpty()) << "nobody else has to know";

  clock_.Set(clock_.Now() + absl::Hours(1));
  EXPECT_THAT(Revoke(Staff(), request), IsOkAnd(EqualsProto(*revoked))) << "a repetition";
  const auto later = Revoke(Staff(), Request(resource));
  ASSERT_THAT(later, IsOk());
  EXPECT_THAT(RevokedUntil(resource), IsOkAnd(clock_.Now()));
  clock_.Set(clock_.Now() - absl::Hours(2));
  EXPECT_THAT(Revoke(Staff(), Request(resource)), IsOkAnd(EqualsProto(*later)))
      << "what was taken back stays so";
}

TEST_F(ActionTokensTest, AHolderTakesBackTheirOwn) {
  const std::string resource = ARegistration(), other = ARegistration();
  EXPECT_THAT(Revoke(Holder(resource), Request(other)),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  EXPECT_THAT(RevokedUntil(other), IsOkAnd(absl::InfinitePast()));
  EXPECT_THAT(Revoke(Holder(resource), Request(resource)), IsOk());
  EXPECT_THAT(RevokedUntil(resource), IsOkAnd(clock_.Now()));
}

TEST_F(ActionTokensTest, WhatNoTokensAreFor) {
  for (const std::string& resource :
       {std::string("sessions/1"), absl::StrCat("proposals/", runtime::NewUuid()),
        absl::StrCat(ARegistration(), "/"),
        absl::StrCat("organisations/", runtime::NewUuid(), "/mandates/", runtime::NewUuid())}) {
    EXPECT_THAT(
        Revoke(Staff(), Request(resource)),
        ::testing::AllOf(HasReason(types::v1::ERROR_REASON_NAME_INVALID), HasField("resource")))
        << resource;
  }
}

}  // namespace
}  // namespace scharnier::host
