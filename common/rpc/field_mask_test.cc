#include "common/rpc/field_mask.h"

#include <string>
#include <vector>

#include "common/testing/matchers.h"
#include "common/testing/text_proto.h"
#include "gmock/gmock.h"
#include "scharnier/events/v1/session.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using events::v1::Session;
using ::scharnier::testing::EqualsProto;
using ::scharnier::testing::FromText;
using ::scharnier::testing::HasField;
using ::scharnier::testing::HasMetadata;
using ::scharnier::testing::HasReason;
using ::scharnier::testing::IsOkAnd;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

google::protobuf::FieldMask Mask(const std::vector<std::string>& paths) {
  google::protobuf::FieldMask mask;
  for (const std::string& path : paths) {
    mask.add_paths(path);
  }
  return mask;
}

TEST(MaskedFieldsTest, AreThoseOfTheMask) {
  EXPECT_THAT(MaskedFields(Mask({"title", "place"}), Session()),
              IsOkAnd(ElementsAre("place", "title")));
}

TEST(MaskedFieldsTest, WithoutAMaskAreThoseThatAreSet) {
  const auto patch = FromText<Session>(R"pb(
    name: "sessions/a"
    etag: "AQ"
    state: STATE_PUBLISHED
    title { nl: "Nieuw" }
    capacity: 30
    no_waiting_list: false
  )pb");
  EXPECT_THAT(MaskedFields({}, patch), IsOkAnd(ElementsAre("capacity", "title")));
}

TEST(MaskedFieldsTest, AnUpdateOfNothingIsASlip) {
  const auto patch = FromText<Session>(R"pb(
    name: "sessions/a" etag: "AQ" state: STATE_PUBLISHED
  )pb");
  const auto fields = MaskedFields({}, patch);
  EXPECT_THAT(fields, HasReason(types::v1::ERROR_REASON_FIELD_MISSING));
  EXPECT_THAT(fields, HasField("update_mask"));
}

TEST(MaskedFieldsTest, AStarIsEverythingThatCanBeWritten) {
  const auto fields = MaskedFields(Mask({"*"}), Session());
  EXPECT_THAT(fields, IsOkAnd(AllOf(Contains("title"), Contains("capacity"), Contains("unlimited"),
                                    Contains("form"))));
  for (const char* field : {"name", "etag", "state", "confirmed_seats", "create_time"}) {
    EXPECT_THAT(fields, IsOkAnd(Not(Contains(field))));
  }
}

TEST(MaskedFieldsTest, NameAndEtagAreLeftOut) {
  EXPECT_THAT(MaskedFields(Mask({"name", "title", "etag"}), Session()),
              IsOkAnd(ElementsAre("title")));
}

TEST(MaskedFieldsTest, RefusesWrongPaths) {
  for (const auto& paths : std::vector<std::vector<std::string>>{
           {""},
           {"titel"},
           {"Title"},
           {"title.nl"},
           {"title", "window.deadline"},
           {"title", "title"},
           {"title", "*"},
           {"*", "*"},
           {"*", "title"},
           {"state"},
           {"title", "confirmed_seats"},
           {"name", "name"},
           {"seats"},
           {"noWaitingList"},
           std::vector<std::string>(10000, "title"),
       }) {
    EXPECT_THAT(
        MaskedFields(Mask(paths), Session()),
        AllOf(HasReason(types::v1::ERROR_REASON_FIELD_MASK_INVALID), HasField("update_mask")))
        << paths.back();
  }
  EXPECT_THAT(MaskedFields(Mask({"state"}), Session()), HasMetadata("path", "state"));
}

Session Before() {
  return FromText<Session>(R"pb(
    name: "sessions/a"
    title { nl: "Oud" fr: "Vieux" }
    description { nl: "Oud" }
    mode: MODE_ONLINE
    regions { regions: REGION_ANT regions: REGION_LIM openness: OPENNESS_SOFT }
    unlimited {}
    choice_group: "antwerpen"
    state: STATE_PUBLISHED
  )pb");
}

TEST(ApplyFieldsTest, ReplacesWholeFieldsAndClearsThoseNotSet) {
  const auto patch = FromText<Session>(R"pb(
    name: "sessions/b"
    title { nl: "Nieuw" }
    mode: MODE_IN_PERSON
    regions { regions: REGION_OVL openness: OPENNESS_HARD }
    state: STATE_DRAFT
  )pb");
  Session after = Before();
  ApplyFields({"title", "description", "regions", "choice_group"}, patch, after);
  EXPECT_THAT(after, EqualsProto(FromText<Session>(R"pb(
                name: "sessions/a"
                title { nl: "Nieuw" }
                mode: MODE_ONLINE
                regions { regions: REGION_OVL openness: OPENNESS_HARD }
                unlimited {}
                state: STATE_PUBLISHED
              )pb")));
}

TEST(ApplyFieldsTest, AMemberOfAOneofReplacesTheOthers) {
  const auto patch = FromText<Session>("capacity: 30");
  for (const std::set<std::string>& fields :
       {std::set<std::string>{"capacity"}, {"capacity", "unlimited"}}) {
    Session after = Before();
    ApplyFields(fields, patch, after);
    EXPECT_EQ(after.capacity(), 30);
    EXPECT_FALSE(after.has_unlimited());
  }
}

TEST(ApplyFieldsTest, AMemberThatIsNotMaskedChangesNothing) {
  Session after = Before();
  ApplyFields({"title"}, FromText<Session>("capacity: 30"), after);
  EXPECT_TRUE(after.has_unlimited());
}

TEST(ApplyFieldsTest, NothingMaskedChangesNothing) {
  Session after = Before();
  ApplyFields({}, FromText<Session>("title { nl: 'Nieuw' } capacity: 30"), after);
  EXPECT_THAT(after, EqualsProto(Before()));
}

TEST(ChangedFieldsTest, AreThoseWhoseValuesDiffer) {
  EXPECT_THAT(ChangedFields(Before(), Before()), ElementsAre());
  Session after = Before();
  after.mutable_title()->clear_fr();
  after.mutable_regions()->mutable_regions()->SwapElements(0, 1);
  after.set_capacity(30);  // in place of unlimited
  after.clear_choice_group();
  EXPECT_THAT(ChangedFields(Before(), after),
              ElementsAre("capacity", "choice_group", "regions", "title", "unlimited"));
}

}  // namespace
}  // namespace scharnier::rpc
