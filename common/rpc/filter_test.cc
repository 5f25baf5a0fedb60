#include "common/rpc/filter.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "scharnier/events/v1/session.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "scharnier/types/v1/region.pb.h"

namespace scharnier::rpc {
namespace {

using events::v1::Session;
using ::scharnier::testing::HasField;
using ::scharnier::testing::HasReason;
using ::scharnier::testing::IsOk;
using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

constexpr char kId[] = "01890a5d-ac96-774b-bcce-b302099a8057";
const std::string kSeries = absl::StrCat("series/", kId);

absl::StatusOr<Filter> Parse(const std::string& text) {
  return ParseFilter(text, {{"state", Session::State_descriptor()},
                            {"region", types::v1::Region_descriptor()},
                            {"series", "series/*"}});
}

TEST(FilterTest, WithoutConditionsAsksForAll) {
  for (const char* text : {"", " ", "\t\n"}) {
    const auto filter = Parse(text);
    ASSERT_THAT(filter, IsOk());
    EXPECT_EQ(filter->Number("state"), std::nullopt);
    EXPECT_EQ(filter->Id("series"), std::nullopt);
    EXPECT_EQ(filter->Name("series"), std::nullopt);
  }
}

TEST(FilterTest, ReadsConditions) {
  for (const std::string& text : {
           absl::StrCat("state = STATE_PUBLISHED AND series = \"", kSeries, "\""),
           absl::StrCat("state = STATE_PUBLISHED AND series = ", kSeries),
           absl::StrCat("series=\"", kSeries, "\"AND state=\"STATE_PUBLISHED\""),
           absl::StrCat("  series   =\n", kSeries, "\tAND  state=STATE_PUBLISHED "),
       }) {
    SCOPED_TRACE(text);
    const auto filter = Parse(text);
    ASSERT_THAT(filter, IsOk());
    EXPECT_THAT(filter->Number("state"), Optional(Eq(Session::STATE_PUBLISHED)));
    EXPECT_THAT(filter->Id("series"), Optional(Eq(kId)));
    EXPECT_THAT(filter->Name("series"), Optional(Eq(kSeries)));
    EXPECT_EQ(filter->Number("region"), std::nullopt);
  }
}

TEST(FilterTest, RefusesTheRest) {
  for (const std::string& text : {
           std::string("state"),
           std::string("state ="),
           std::string("state = \"\""),
           std::string("= STATE_DRAFT"),
           std::string("state STATE_DRAFT"),
           std::string("state : STATE_DRAFT"),
           std::string("state == STATE_DRAFT"),
           std::string("state != STATE_DRAFT"),
           std::string("state > STATE_DRAFT"),
           std::string("state = STATE_UNSPECIFIED"),
           std::string("state = STATE_UNKNOWN"),
           std::string("state = DRAFT"),
           std::string("state = state_draft"),
           std::string("state = 1"),
           std::string("State = STATE_DRAFT"),
           std::string("title = Focusgroep"),
           std::string("state = \"STATE_DRAFT"),
           std::string("state = 'STATE_DRAFT'"),
           std::string("state = STATE_DRAFT\""),
           std::string("state = STATE_DRAFT AND"),
           std::string("AND state = STATE_DRAFT"),
           std::string("state = STATE_DRAFT AND AND region = REGION_OVL"),
           std::string("state = STATE_DRAFT OR region = REGION_OVL"),
           std::string("state = STATE_DRAFT and region = REGION_OVL"),
           std::string("state = STATE_DRAFT region = REGION_OVL"),
           std::string("state = STATE_DRAFT, region = REGION_OVL"),
           std::string("state = STATE_DRAFT AND state = STATE_DRAFT"),
           std::string("state = STATE_DRAFT AND state = STATE_PUBLISHED"),
           std::string("NOT state = STATE_DRAFT"),
           std::string("(state = STATE_DRAFT)"),
           std::string("state = STATE_DRAFT; DROP TABLE session"),
           std::string("state = STATE_*"),
           std::string("series = series/1"),
           absl::StrCat("series = sessions/", kId),
           absl::StrCat("series = ", kId),
           absl::StrCat("series = \"", kSeries, "\\\""),
           std::string("state = STATE_DRAFT \0", 21),
       }) {
    EXPECT_THAT(Parse(text),
                AllOf(HasReason(types::v1::ERROR_REASON_FILTER_INVALID), HasField("filter")))
        << text;
  }
}

TEST(FilterTest, SaysWhatThereIsWithoutQuoting) {
  EXPECT_THAT(Parse("secret = 1").status().ToString(), ::testing::Not(HasSubstr("secret")));
  const auto description = [](const std::string& text) {
    return errors::ToProto(Parse(text).status()).DebugString();
  };
  EXPECT_THAT(description("title = x"), HasSubstr("state, region, series"));
  EXPECT_THAT(description("state = x"), HasSubstr("STATE_DRAFT, STATE_PUBLISHED"));
  EXPECT_THAT(description("series = x"), HasSubstr("series/{uuid}"));
}

}  // namespace
}  // namespace scharnier::rpc
