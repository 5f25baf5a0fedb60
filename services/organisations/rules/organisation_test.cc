#include "services/organisations/rules/organisation.h"

#include "common/testing/matchers.h"
#include "common/testing/text_proto.h"
#include "gmock/gmock.h"
#include "scharnier/organisations/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::organisations::rules {
namespace {

using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::FromText;
using testing::HasField;
using testing::HasMetadata;
using testing::HasReason;
using testing::IsOk;

// A facility to which `more` is added, in text format.
v1::Organisation Facility(const std::string& more = "") {
  auto organisation = FromText<v1::Organisation>(R"pb(
    display_name: "De Groene Linde"
    kind: KIND_FACILITY
    enterprise_number: "1900.000.168"
    seat { street: "Lindestraat 1" postal_code: "9000" municipality: "Gent" region: REGION_OVL }
  )pb");
  organisation.MergeFrom(FromText<v1::Organisation>(more));
  return organisation;
}

// An establishment in text format.
std::string House(const std::string& name, const std::string& region,
                  const std::string& more = "") {
  return "establishments { display_name: '" + name +
         "' address { street: 'Dreef 2' postal_code: '2000' municipality: 'Antwerpen' region: " +
         region + " } " + more + " }";
}

TEST(Complete, BringsNumbersToTheirForm) {
  v1::Organisation organisation =
      Facility(House("Huis A", "REGION_ANT", "number: '2.000.000.141'"));
  ASSERT_THAT(Complete(organisation), IsOk());
  EXPECT_EQ(organisation.enterprise_number(), "1900000168");
  EXPECT_EQ(organisation.establishments(0).number(), "2000000141");
}

TEST(Complete, RegionsFollowFromSeatAndOpenEstablishments) {
  v1::Organisation organisation =
      Facility(House("A", "REGION_WVL") + House("B", "REGION_ANT") + House("C", "REGION_ANT") +
               House("D", "REGION_BRU", "closed: true") + "regions: REGION_LIM");
  ASSERT_THAT(Complete(organisation), IsOk());
  EXPECT_THAT(organisation.regions(),
              ElementsAre(types::v1::REGION_ANT, types::v1::REGION_OVL, types::v1::REGION_WVL));
}

TEST(Complete, SaysWhatIsWrong) {
  v1::Organisation no_number = Facility();
  no_number.clear_enterprise_number();
  const struct {
    v1::Organisation organisation;
    types::v1::ErrorReason reason;
    const char* field;
  } cases[] = {
      {no_number, types::v1::ERROR_REASON_FIELD_MISSING, "organisation.enterprise_number"},
      {Facility("enterprise_number: '1900.000.169'"), types::v1::ERROR_REASON_FIELD_INVALID,
       "organisation.enterprise_number"},
      {Facility(House("A", "REGION_ANT", "number: '1900000168'")),
       types::v1::ERROR_REASON_FIELD_INVALID, "organisation.establishments[0].number"},
      {Facility(House("A", "REGION_ANT", "number: '2000000141'") +
                House("B", "REGION_ANT", "number: '2.000.000.141'")),
       types::v1::ERROR_REASON_FIELD_INVALID, "organisation.establishments[1].number"},
      {Facility("identifiers { system: 'domino' value: '1' } identifiers { system: 'domino' value: "
                "'2' }"),
       types::v1::ERROR_REASON_FIELD_INVALID, "organisation.identifiers[1].system"},
      {Facility("mailboxes { email: 'Info@example.org' } mailboxes { email: 'info@example.org' }"),
       types::v1::ERROR_REASON_FIELD_INVALID, "organisation.mailboxes[1].email"},
  };
  for (const auto& c : cases) {
    v1::Organisation organisation = c.organisation;
    const absl::Status status = Complete(organisation);
    EXPECT_THAT(status, HasReason(c.reason)) << c.field;
    EXPECT_THAT(status, HasField(c.field));
  }
}

TEST(Complete, OnlyFacilitiesAndReferrersNeedANumber) {
  for (int kind = v1::Organisation::KIND_FACILITY; kind <= v1::Organisation::KIND_OTHER; ++kind) {
    v1::Organisation organisation = Facility();
    organisation.clear_enterprise_number();
    organisation.set_kind(static_cast<v1::Organisation::Kind>(kind));
    EXPECT_EQ(Complete(organisation).ok(), kind > v1::Organisation::KIND_REFERRER) << kind;
  }
}

TEST(CheckEstablishments, NoneIsLeftOut) {
  const v1::Organisation before = Facility(House("A", "REGION_ANT", "name: 'a'"));
  EXPECT_THAT(CheckEstablishments(before, before), IsOk());
  EXPECT_THAT(CheckEstablishments(before, Facility(House("A", "REGION_ANT", "name: 'a'") +
                                                   House("New", "REGION_ANT"))),
              IsOk());
  const absl::Status left_out = CheckEstablishments(before, Facility());
  EXPECT_THAT(left_out, HasReason(v1::ERROR_REASON_ESTABLISHMENT_LEFT_OUT));
  EXPECT_THAT(left_out, HasMetadata("establishment", "a"));
  EXPECT_THAT(CheckEstablishments(before, Facility(House("A", "REGION_ANT", "name: 'a'") +
                                                   House("B", "REGION_ANT", "name: 'b'"))),
              HasField("organisation.establishments[1].name"));
}

TEST(Merge, ARowSaysAllButWhatTheServerMade) {
  v1::Organisation before = Facility(
      "name: 'organisations/x' etag: 'v' state: STATE_ACTIVE identifiers { system: 'domino' value: "
      "'7' } " +
      House("Huis Noord", "REGION_ANT", "name: 'noord'") +
      House("Oude naam", "REGION_LIM", "name: 'west' number: '2000000141'") +
      House("Gesloten", "REGION_BRU", "name: 'zuid'"));
  const v1::Organisation row = Facility(
      "display_name: 'De Linde' " + House("Nieuwe naam", "REGION_LIM", "number: '2000000141'") +
      House("Erbij", "REGION_WVL") + House("huis  noord", "REGION_ANT"));
  const v1::Organisation merged = Merge(before, row);
  EXPECT_THAT(
      merged,
      EqualsProto(Facility("name: 'organisations/x' etag: 'v' state: STATE_ACTIVE "
                           "create_time {} update_time {} display_name: 'De Linde' " +
                           House("huis  noord", "REGION_ANT", "name: 'noord'") +
                           House("Nieuwe naam", "REGION_LIM", "name: 'west' number: '2000000141'") +
                           House("Gesloten", "REGION_BRU", "name: 'zuid' closed: true") +
                           House("Erbij", "REGION_WVL"))));
}

TEST(RowKeysTest, AreNumberOrIdentifierAndComeOnce) {
  RowKeys keys;
  EXPECT_THAT(keys.Add(Facility()), IsOk());
  const absl::Status twice = keys.Add(Facility("display_name: 'Andere naam'"));
  EXPECT_THAT(twice, HasReason(v1::ERROR_REASON_ROW_TWICE));
  EXPECT_THAT(twice, HasField("organisation.enterprise_number"));
  v1::Organisation other = Facility();
  other.clear_enterprise_number();
  EXPECT_THAT(keys.Add(other), HasReason(v1::ERROR_REASON_ROW_WITHOUT_KEY));
  other.MergeFrom(FromText<v1::Organisation>("identifiers { system: 'domino' value: '7' }"));
  EXPECT_THAT(keys.Add(other), IsOk());
  EXPECT_THAT(keys.Add(other), HasField("organisation.identifiers[0]"));
}

TEST(SearchText, HoldsTheWordsOfTheNamesOfWhatIsOpen) {
  EXPECT_EQ(
      SearchText(Facility("display_name: 'Huize  Café ÉÉN' " + House("Sint-Jozef", "REGION_ANT") +
                          House("Dicht", "REGION_ANT", "closed: true"))),
      "huize cafe een sint jozef");
}

}  // namespace
}  // namespace scharnier::organisations::rules
