#include "services/proposals/rules/idea.h"

#include "common/testing/matchers.h"
#include "common/types/deadline.h"
#include "gmock/gmock.h"
#include "scharnier/proposals/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/proposals/rules/rules_test.h"

namespace scharnier::proposals::rules {
namespace {

using ::testing::ElementsAre;
using testing::FromText;
using testing::HasField;
using testing::HasReason;
using testing::IsOk;

const char kForm[] = R"pb(idea_form {
                            sections {
                              questions {
                                id: "waarom"
                                title { nl: "Waarom?" }
                                required: true
                                text {}
                              }
                            }
                          })pb";

absl::StatusOr<v1::Idea> Try(const v1::Call& call, const std::string& idea, absl::Time now) {
  return Submit(call, call.tracks(0),
                FromText<organisations::v1::Organisation>("kind: KIND_FACILITY"),
                FromText<v1::Idea>(idea), now);
}

TEST(SubmitIdeaTest, IsJudgedAndMarked) {
  const v1::Call call = ACall(Gating("fiche", "GATE_INTEREST", Until(2022, 3, 14, "SOFT")), kForm);
  const absl::Time closes = types::ClosesBefore(call.milestones(0).when().deadline());
  const std::string answered = R"(answers { question_id: "waarom" text: "Daarom" })";
  const auto in_time = Try(call, answered, closes - absl::Milliseconds(1));
  ASSERT_THAT(in_time, IsOk());
  EXPECT_EQ(in_time->state(), v1::Idea::STATE_SUBMITTED);
  EXPECT_THAT(in_time->marks(), ElementsAre());
  const auto late = Try(call, answered, closes);
  ASSERT_THAT(late, IsOk());
  EXPECT_THAT(late->marks(), ElementsAre(v1::Idea::MARK_LATE));
  EXPECT_THAT(Try(call, "", closes), HasReason(types::v1::ERROR_REASON_FIELD_MISSING));
  EXPECT_THAT(Try(call, "", closes), HasField("idea.answers"));
  EXPECT_THAT(Try(ACall("kinds: KIND_AGENCY", kForm), answered, closes),
              HasReason(v1::ERROR_REASON_NOT_ELIGIBLE));
}

TEST(WithdrawIdeaTest, Once) {
  const auto withdrawn = Withdraw(FromText<v1::Idea>("state: STATE_SUBMITTED"));
  ASSERT_THAT(withdrawn, IsOk());
  EXPECT_EQ(withdrawn->state(), v1::Idea::STATE_WITHDRAWN);
  EXPECT_THAT(Withdraw(*withdrawn), HasReason(v1::ERROR_REASON_IDEA_STATE));
}

}  // namespace
}  // namespace scharnier::proposals::rules
