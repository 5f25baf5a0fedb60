#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/testing/matchers.h"
#include "services/organisations/organisations_test.h"

namespace scharnier::organisations {
namespace {

using ::testing::ElementsAre;
using testing::HasField;
using testing::IsOk;
using Row = v1::ImportOrganisationsRequest::Row;

class ImportTest : public OrganisationsTest {
 protected:
  // Imports rows in messages of at most 500, their lines counted from 1.
  absl::StatusOr<v1::ImportOrganisationsResponse> Import(const std::vector<v1::Organisation>& rows,
                                                         bool dry_run = false) {
    const runtime::Context ctx = Officer();
    const auto import = service_.ImportOrganisations();
    v1::ImportOrganisationsRequest options;
    options.mutable_options()->set_dry_run(dry_run);
    EXPECT_THAT(import->Take(ctx, options), IsOk());
    for (size_t begin = 0; begin < rows.size(); begin += 500) {
      v1::ImportOrganisationsRequest message;
      for (size_t i = begin; i < rows.size() && i < begin + 500; ++i) {
        Row& row = *message.mutable_rows()->add_rows();
        row.set_line(static_cast<int>(i) + 1);
        *row.mutable_organisation() = rows[i];
      }
      absl::Status taken = import->Take(ctx, message);
      if (!taken.ok()) {
        return taken;
      }
    }
    return import->End(ctx);
  }
  // "created updated unchanged refused".
  static std::string Counts(const absl::StatusOr<v1::ImportOrganisationsResponse>& response) {
    EXPECT_THAT(response, IsOk());
    return absl::StrCat(response->created(), " ", response->updated(), " ", response->unchanged(),
                        " ", response->refused());
  }
  static std::vector<std::string> Errors(
      const absl::StatusOr<v1::ImportOrganisationsResponse>& response) {
    std::vector<std::string> errors;
    for (const auto& error : response->errors()) {
      EXPECT_FALSE(error.description().empty());
      errors.push_back(absl::StrCat(error.line(), " ", error.reason(), " ", error.field()));
    }
    return errors;
  }
  std::string Stored() const {
    return database_.Sql(
        "SELECT concat_ws(' ', count(*), sum(version), (SELECT count(*) FROM identifier), "
        "(SELECT count(*) FROM change), (SELECT count(*) FROM audit)) FROM organisation")[0];
  }
};

TEST_F(ImportTest, EntersWhatIsNewAndIsSafeToRepeat) {
  std::vector<v1::Organisation> rows;
  for (int i = 1; i <= 1200; ++i) {
    rows.push_back(Facility(i, absl::StrCat("identifiers { system: 'domino' value: '", i, "' }")));
  }
  EXPECT_EQ(Counts(Import(rows)), "1200 0 0 0");
  EXPECT_EQ(Stored(), "1200 1200 1200 1200 1200");
  EXPECT_EQ(Counts(Import(rows)), "0 0 1200 0");
  EXPECT_EQ(Stored(), "1200 1200 1200 1200 1200") << "nothing was written again";
  rows[7].set_display_name("Nieuwe naam");
  rows[8].clear_mailboxes();
  EXPECT_EQ(Counts(Import(rows)), "0 2 1198 0");
  EXPECT_EQ(Stored(), "1200 1202 1200 1202 1202");
}

TEST_F(ImportTest, ADryRunFindsOutAndChangesNothing) {
  ASSERT_THAT(Create(Facility(1)), IsOk());
  const std::string before = Stored();
  EXPECT_EQ(
      Counts(Import({Facility(1), Facility(2), Facility(3, "display_name: 'Nieuw'"), Facility(1)},
                    /*dry_run=*/true)),
      "2 0 1 1");
  EXPECT_EQ(Stored(), before);
}

TEST_F(ImportTest, ReportsEveryBadRowByLineAndTheOthersGoOn) {
  ASSERT_THAT(Create(Facility(50, "identifiers { system: 'domino' value: 'taken' }")), IsOk());
  v1::Organisation no_seat = Facility(2);
  no_seat.clear_seat();
  v1::Organisation no_key = Facility(3, "kind: KIND_OTHER");
  no_key.clear_enterprise_number();
  v1::Organisation no_region = Facility(4);
  no_region.mutable_seat()->clear_region();
  v1::Organisation long_name = Facility(5);
  long_name.set_display_name(std::string(201, 'x'));
  v1::Organisation by_identifier =
      Facility(6, "kind: KIND_OTHER identifiers { system: 'domino' value: '6' }");
  by_identifier.clear_enterprise_number();
  const auto response = Import({
      Facility(1),
      no_seat,
      no_key,
      no_region,
      long_name,
      Facility(1, "display_name: 'Nog eens'"),
      by_identifier,
      Facility(7, "enterprise_number: '1900.000.169'"),
      Facility(8, "identifiers { system: 'domino' value: 'taken' }"),
      Facility(9, "mailboxes { email: 'geen adres' }"),
      Facility(10),
  });
  EXPECT_EQ(Counts(response), "3 0 0 8");
  EXPECT_THAT(Errors(response), ElementsAre("2 FIELD_MISSING organisation.seat",
                                            "3 ROW_WITHOUT_KEY organisation.enterprise_number",
                                            "4 FIELD_MISSING organisation.seat.region",
                                            "5 FIELD_INVALID organisation.display_name",
                                            "6 ROW_TWICE organisation.enterprise_number",
                                            "8 FIELD_INVALID organisation.enterprise_number",
                                            "10 FIELD_INVALID organisation.mailboxes[1].email",
                                            "9 IDENTIFIER_TAKEN organisation.identifiers[0]"));
  EXPECT_EQ(Counts(Import({by_identifier})), "0 0 1 0") << "known by its identifier";
}

TEST_F(ImportTest, TwoRowsThatMeanOneOrganisationAreOneTooMany) {
  const v1::Organisation whole =
      Facility(1, "kind: KIND_OTHER identifiers { system: 'domino' value: '5' }");
  ASSERT_THAT(Create(whole), IsOk());
  v1::Organisation by_identifier = whole;
  by_identifier.clear_enterprise_number();
  by_identifier.set_display_name("Nog eens");
  const auto response = Import({whole, by_identifier});
  EXPECT_EQ(Counts(response), "0 0 1 1");
  EXPECT_THAT(Errors(response), ElementsAre("2 ROW_TWICE organisation"));
}

TEST_F(ImportTest, WhatARowGivesUpIsFreeForTheNext) {
  const std::string identifier = "identifiers { system: 'domino' value: '5' }";
  ASSERT_THAT(Create(Facility(1, identifier)), IsOk());
  EXPECT_EQ(Counts(Import({Facility(1), Facility(2, identifier)})), "1 1 0 0");
}

TEST_F(ImportTest, AListThatLeavesAnEstablishmentOutClosesIt) {
  const std::string house =
      "establishments { display_name: 'Huis Noord' address { street: 'Dreef 2' postal_code: '2000' "
      "municipality: 'Antwerpen' region: REGION_ANT } }";
  EXPECT_EQ(Counts(Import({Facility(1, house)})), "1 0 0 0");
  EXPECT_EQ(Counts(Import({Facility(1, house)})), "0 0 1 0");
  EXPECT_EQ(Counts(Import({Facility(1)})), "0 1 0 0");
  EXPECT_THAT(database_.Sql("SELECT regions FROM organisation"), ElementsAre("{3}"));
  EXPECT_EQ(Counts(Import({Facility(1)})), "0 0 1 0") << "closed already";
}

TEST_F(ImportTest, BeginsWithItsOptions) {
  const runtime::Context ctx = Officer();
  v1::ImportOrganisationsRequest rows;
  *rows.mutable_rows()->add_rows()->mutable_organisation() = Facility(1);
  EXPECT_THAT(service_.ImportOrganisations()->Take(ctx, rows), HasField("options"));
  EXPECT_THAT(service_.ImportOrganisations()->End(ctx), HasField("options"));
  const auto import = service_.ImportOrganisations();
  v1::ImportOrganisationsRequest options;
  options.mutable_options();
  ASSERT_THAT(import->Take(ctx, options), IsOk());
  EXPECT_THAT(import->Take(ctx, options), HasField("rows.rows"));
  for (int i = 0; i < 501; ++i) {
    rows.mutable_rows()->add_rows();
  }
  EXPECT_THAT(import->Take(ctx, rows), HasField("rows.rows"));
}

TEST_F(ImportTest, TwoAtOnceEnterEachOrganisationOnce) {
  std::vector<v1::Organisation> rows;
  for (int i = 1; i <= 1000; ++i) {
    rows.push_back(Facility(i));
  }
  std::vector<v1::Organisation> reversed(rows.rbegin(), rows.rend());
  absl::StatusOr<v1::ImportOrganisationsResponse> other = absl::UnknownError("not run");
  std::thread rival([&] { other = Import(reversed); });
  const auto mine = Import(rows);
  rival.join();
  ASSERT_THAT(mine, IsOk());
  ASSERT_THAT(other, IsOk());
  EXPECT_EQ(mine->created() + other->created(), 1000);
  EXPECT_EQ(mine->unchanged() + other->unchanged(), 1000);
  EXPECT_EQ(Stored(), "1000 1000 0 1000 1000");
}

TEST_F(ImportTest, TwoAtOnceEnterTheSameNewWords) {
  std::vector<v1::Organisation> rows, rivals;
  for (int i = 0; i < 1000; ++i) {
    rows.push_back(Facility(i + 1, absl::StrCat("display_name: 'huis", i, "'")));
    rivals.push_back(Facility(i + 1001, absl::StrCat("display_name: 'huis", 999 - i, "'")));
  }
  absl::StatusOr<v1::ImportOrganisationsResponse> other = absl::UnknownError("not run");
  std::thread rival([&] { other = Import(rivals); });
  EXPECT_EQ(Counts(Import(rows)), "1000 0 0 0");
  rival.join();
  EXPECT_EQ(Counts(other), "1000 0 0 0");
  EXPECT_THAT(database_.Sql("SELECT concat_ws(' ', (SELECT count(*) FROM word), count(*)) "
                            "FROM name_word"),
              ElementsAre("1000 2000"));
  EXPECT_THAT(Search("huis170"), ElementsAre("huis170", "huis170"));
}

TEST_F(ImportTest, AllBadRowsAreCountedAndAThousandTold) {
  std::vector<v1::Organisation> rows(2000);
  const auto response = Import(rows);
  EXPECT_EQ(Counts(response), "0 0 0 2000");
  EXPECT_EQ(response->errors_size(), 1000);
}

}  // namespace
}  // namespace scharnier::organisations
