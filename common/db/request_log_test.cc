#include "common/db/request_log.h"

#include "absl/strings/ascii.h"
#include "common/db/thing_test.h"

namespace scharnier::db {
namespace {

using testing::HasReason;
using testing::IsOk;
using testing::IsOkAnd;
using ::testing::Optional;

TEST(FingerprintTest, IsOfTheContentWithoutTheRequestId) {
  auto a = Request("a");
  auto again = a;
  again.set_request_id(runtime::NewUuid());
  auto b = a;
  b.set_name("b");
  EXPECT_EQ(Fingerprint(a).size(), 32);
  EXPECT_EQ(Fingerprint(a), Fingerprint(again));
  EXPECT_NE(Fingerprint(a), Fingerprint(b));
  EXPECT_FALSE(a.request_id().empty());
}

class RequestLogTest : public ThingTest {
 protected:
  std::vector<RequestRef> Refs(const std::vector<const google::protobuf::Message*>& requests) {
    std::vector<RequestRef> refs;
    for (const google::protobuf::Message* request : requests) {
      refs.push_back({&ctx_, request});
    }
    return refs;
  }

  const runtime::Context ctx_ = Call();
};

TEST_F(RequestLogTest, ABatchClaimsInOneGo) {
  const auto a = Request("a");
  const auto b = Request("b");
  auto b_reused = b;
  b_reused.set_name("other");
  const auto c = Request("c");
  const absl::Status first = database_.Transact(ctx_, [&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const auto claims, ClaimRequests(tx, Refs({&a, &b, &a, &b_reused})));
    EXPECT_EQ(claims.size(), 4);
    EXPECT_THAT(claims[0], IsOkAnd(std::nullopt));
    EXPECT_THAT(claims[1], IsOkAnd(std::nullopt));
    EXPECT_THAT(claims[2], HasReason(types::v1::ERROR_REASON_CONFLICT));
    EXPECT_THAT(claims[3], HasReason(types::v1::ERROR_REASON_CONFLICT));
    return FinishRequests(tx, Refs({&a, &b}), {"things/a", "things/b"});
  });
  ASSERT_THAT(first, IsOk());

  const absl::Status second = database_.Transact(ctx_, [&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const auto claims, ClaimRequests(tx, Refs({&c, &b, &b_reused, &a})));
    EXPECT_THAT(claims[0], IsOkAnd(std::nullopt));
    EXPECT_THAT(claims[1], IsOkAnd(Optional(std::string("things/b"))));
    EXPECT_THAT(claims[2], HasReason(types::v1::ERROR_REASON_REQUEST_ID_REUSED));
    EXPECT_THAT(claims[3], IsOkAnd(Optional(std::string("things/a"))));
    return FinishRequests(tx, Refs({&c}), {"things/c"});
  });
  EXPECT_THAT(second, IsOk());
  EXPECT_THAT(postgres_.Sql("SELECT resource FROM request_log ORDER BY 1"),
              ::testing::ElementsAre("things/a", "things/b", "things/c"));
}

TEST_F(RequestLogTest, AReleasedIdIsFreeAgain) {
  const auto taken = Request("a");
  const auto refused = Request("b");
  for (const bool release : {true, false}) {
    EXPECT_THAT(
        database_.Transact(ctx_,
                           [&](Tx& tx) -> absl::StatusOr<std::optional<std::string>> {
                             ASSIGN_OR_RETURN(const auto claims,
                                              ClaimRequests(tx, Refs({&taken, &refused})));
                             RETURN_IF_ERROR(FinishRequests(tx, Refs({&taken}), {"things/a"}));
                             if (release) {
                               RETURN_IF_ERROR(ReleaseRequests(tx, Refs({&refused})));
                             }
                             return claims[1];
                           }),
        IsOkAnd(std::nullopt));
  }
}

TEST_F(RequestLogTest, AnIdBelongsToItsCallerAndItsMethod) {
  const auto request = Request("a");
  const runtime::Context other_caller(
      {.caller = {.role = options::v1::ROLE_STAFF, .subject = "claes", .email = ""},
       .now = ctx_.now(),
       .deadline = ctx_.deadline(),
       .method = ctx_.method(),
       .trace = {}});
  const runtime::Context other_method({.caller = ctx_.caller(),
                                       .now = ctx_.now(),
                                       .deadline = ctx_.deadline(),
                                       .method = "scharnier.things.v1.ThingService/Other",
                                       .trace = {}});
  for (const runtime::Context* ctx : {&ctx_, &other_caller, &other_method}) {
    EXPECT_THAT(database_.Transact(*ctx,
                                   [&](Tx& tx) -> absl::StatusOr<std::optional<std::string>> {
                                     ASSIGN_OR_RETURN(auto claim, ClaimRequest(tx, *ctx, request));
                                     RETURN_IF_ERROR(FinishRequest(tx, *ctx, request, "things/a"));
                                     return claim;
                                   }),
                IsOkAnd(std::nullopt));
  }
}

TEST_F(RequestLogTest, AnIdInCapitalsIsTheSame) {
  auto request = Request("a");
  ASSERT_THAT(Make(database_, ctx_, request), IsOk());
  request.set_request_id(absl::AsciiStrToUpper(request.request_id()));
  EXPECT_THAT(Make(database_, ctx_, request), IsOk());
  EXPECT_THAT(Count(), IsOkAnd(1));
}

}  // namespace
}  // namespace scharnier::db
