#include "services/organisations/organisations_test.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/runtime/uuid.h"
#include "common/testing/call_context.h"
#include "common/testing/matchers.h"
#include "common/testing/text_proto.h"
#include "scharnier/organisations/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/organisations/migrations.sql.h"
#include "services/organisations/sql/all.sql.h"

namespace scharnier::organisations {

using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::FromText;
using testing::HasField;
using testing::HasMetadata;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::IsOkAnd;

OrganisationsTest::OrganisationsTest()
    : database_("organisations", Migrations()),
      clock_(absl::FromUnixSeconds(1'646'000'000)),
      db_(database_.options()) {}

OrganisationsTest::~OrganisationsTest() { executor_.Stop(); }

runtime::Context OrganisationsTest::Officer() const {
  return testing::CallAs(options::v1::ROLE_REGISTER_OFFICER, "maes", clock_.Now());
}
runtime::Context OrganisationsTest::Staff() const {
  return testing::CallAs(options::v1::ROLE_STAFF, "devos", clock_.Now());
}
runtime::Context OrganisationsTest::Service() const {
  return testing::CallAs(options::v1::ROLE_SERVICE, "events", clock_.Now());
}
runtime::Context OrganisationsTest::Person(const std::string& email) const {
  return testing::CallAsPerson(keyring_, email, clock_.Now());
}

std::string OrganisationsTest::Number(int n) {
  const int base = 19'000'000 + n;
  return absl::StrFormat("%08d%02d", base, 97 - base % 97);
}

v1::Organisation OrganisationsTest::Facility(int n, const std::string& more) {
  auto organisation = FromText<v1::Organisation>(R"pb(
    display_name: "De Groene Linde"
    kind: KIND_FACILITY
    seat { street: "Lindestraat 1" postal_code: "9000" municipality: "Gent" region: REGION_OVL }
    mailboxes { email: "info@example.org" label: "secretariaat" }
  )pb");
  organisation.set_enterprise_number(Number(n));
  organisation.MergeFrom(FromText<v1::Organisation>(more));
  return organisation;
}

absl::StatusOr<v1::Organisation> OrganisationsTest::Create(const v1::Organisation& organisation) {
  v1::CreateOrganisationRequest request;
  *request.mutable_organisation() = organisation;
  request.set_request_id(runtime::NewUuid());
  return service_.CreateOrganisation(Officer(), request);
}

absl::StatusOr<v1::Organisation> OrganisationsTest::Update(v1::Organisation organisation,
                                                           const std::vector<std::string>& mask) {
  v1::UpdateOrganisationRequest request;
  *request.mutable_organisation() = std::move(organisation);
  for (const std::string& path : mask) {
    request.mutable_update_mask()->add_paths(path);
  }
  request.set_request_id(runtime::NewUuid());
  return service_.UpdateOrganisation(Officer(), request);
}

absl::StatusOr<v1::Organisation> OrganisationsTest::Get(const runtime::Context& ctx,
                                                        const std::string& name) {
  v1::GetOrganisationRequest request;
  request.set_name(name);
  return service_.GetOrganisation(ctx, request);
}

std::vector<std::string> OrganisationsTest::Search(const std::string& query,
                                                   const std::string& more) {
  auto request = FromText<v1::SearchOrganisationsRequest>(more);
  request.set_query(query);
  const auto found = service_.SearchOrganisations(Staff(), request);
  EXPECT_THAT(found, IsOk());
  std::vector<std::string> names;
  for (const v1::Organisation& organisation : found->organisations()) {
    names.push_back(organisation.display_name());
  }
  return names;
}

absl::StatusOr<v1::Mandate> OrganisationsTest::Invite(const runtime::Context& ctx,
                                                      const std::string& organisation,
                                                      const std::string& email,
                                                      v1::Mandate::Role role) {
  v1::CreateMandateRequest request;
  request.set_parent(organisation);
  request.mutable_mandate()->set_full_name("An Peeters");
  request.mutable_mandate()->set_email(email);
  request.mutable_mandate()->set_role(role);
  request.set_request_id(runtime::NewUuid());
  return service_.CreateMandate(ctx, request);
}

absl::StatusOr<v1::Mandate> OrganisationsTest::Accept(const std::string& email,
                                                      const std::string& mandate) {
  v1::AcceptMandateRequest request;
  request.set_name(mandate);
  request.set_request_id(runtime::NewUuid());
  return service_.AcceptMandate(Person(email), request);
}

absl::StatusOr<v1::Mandate> OrganisationsTest::Revoke(const runtime::Context& ctx,
                                                      const std::string& mandate) {
  v1::RevokeMandateRequest request;
  request.set_name(mandate);
  request.set_request_id(runtime::NewUuid());
  return service_.RevokeMandate(ctx, request);
}

std::vector<std::string> OrganisationsTest::Changes() const {
  return database_.Sql(
      "SELECT replace(type, 'scharnier.organisations.v1.', '') FROM change ORDER BY n");
}

TEST_F(OrganisationsTest, EveryQueryPreparesOnTheMigratedSchema) {
  EXPECT_THAT(testing::PrepareAll(database_, sql::All()), IsEmpty());
}

TEST_F(OrganisationsTest, EveryColumnIsTagged) {
  EXPECT_THAT(testing::UntaggedColumns(database_), IsEmpty());
}

TEST_F(OrganisationsTest, AnOrganisationIsReadAsItWasEntered) {
  const auto made = Create(Facility(1, R"pb(
    identifiers { system: "domino" value: "D-17" }
    establishments {
      name: "organisations/forged/establishments/forged"
      display_name: "Huis Noord"
      address { street: "Dreef 2" postal_code: "2000" municipality: "Antwerpen" region: REGION_ANT }
    })pb"));
  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(made->establishments(0).name(),
              ::testing::StartsWith(absl::StrCat(made->name(), "/establishments/")));
  EXPECT_THAT(made->regions(), ElementsAre(types::v1::REGION_ANT, types::v1::REGION_OVL));
  EXPECT_EQ(made->state(), v1::Organisation::STATE_ACTIVE);
  EXPECT_THAT(Get(Staff(), made->name()), IsOkAnd(EqualsProto(*made)));
  EXPECT_THAT(Changes(), ElementsAre("organisation.created"));
}

TEST_F(OrganisationsTest, MailboxesAreForStaffAndServicesAndInNoChange) {
  const auto made = Create(Facility(1));
  ASSERT_THAT(made, IsOk());
  v1::Organisation without = *made;
  without.clear_mailboxes();
  EXPECT_THAT(Get(Person("an@example.org"), made->name()), IsOkAnd(EqualsProto(without)));
  EXPECT_THAT(Get(testing::CallAs(options::v1::ROLE_TEAM, "dashboard", clock_.Now()), made->name()),
              IsOkAnd(EqualsProto(without)));
  EXPECT_THAT(Get(Service(), made->name()), IsOkAnd(EqualsProto(*made)));
  EXPECT_THAT(database_.Sql("SELECT count(*) FROM change WHERE position('info@example.org' IN "
                            "encode(payload, 'escape')) > 0"),
              ElementsAre("0"));
  EXPECT_THAT(database_.Sql("SELECT count(*) FROM organisation WHERE position('info@example.org' "
                            "IN encode(body, 'escape')) > 0"),
              ElementsAre("0"));
}

TEST_F(OrganisationsTest, NumbersAndIdentifiersAreOneOrganisations) {
  const auto first = Create(Facility(1, "identifiers { system: 'domino' value: 'D-17' }"));
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(Create(Facility(1)),
              ::testing::AllOf(HasReason(v1::ERROR_REASON_ENTERPRISE_NUMBER_TAKEN),
                               HasMetadata("organisation", first->name()),
                               HasField("organisation.enterprise_number")));
  EXPECT_THAT(Create(Facility(2, "identifiers { system: 'domino' value: 'D-17' }")),
              ::testing::AllOf(HasReason(v1::ERROR_REASON_IDENTIFIER_TAKEN),
                               HasMetadata("system", "domino"),
                               HasMetadata("organisation", first->name())));
  EXPECT_THAT(Create(Facility(2, "identifiers { system: 'other' value: 'D-17' }")), IsOk());
  auto second = Create(Facility(3));
  ASSERT_THAT(second, IsOk());
  second->set_enterprise_number(Number(1));
  EXPECT_THAT(Update(*second, {"enterprise_number"}),
              HasReason(v1::ERROR_REASON_ENTERPRISE_NUMBER_TAKEN));
  EXPECT_THAT(database_.Sql("SELECT count(*) FROM organisation"), ElementsAre("3"));
}

TEST_F(OrganisationsTest, AnUpdateChangesWhatItNamesAndNothingElse) {
  const auto made = Create(Facility(1));
  ASSERT_THAT(made, IsOk());
  v1::Organisation patch = *made;
  patch.set_display_name("De Linde");
  patch.clear_mailboxes();
  const auto renamed = Update(patch, {"display_name"});
  ASSERT_THAT(renamed, IsOk());
  EXPECT_EQ(renamed->display_name(), "De Linde");
  EXPECT_EQ(renamed->mailboxes_size(), 1);
  EXPECT_NE(renamed->etag(), made->etag());
  EXPECT_THAT(Update(patch, {"display_name"}), HasReason(types::v1::ERROR_REASON_ETAG_STALE));
  EXPECT_THAT(Update(*renamed, {"*"}), IsOkAnd(EqualsProto(*renamed)));
  EXPECT_THAT(Changes(), ElementsAre("organisation.created", "organisation.updated"));
  EXPECT_THAT(Search("linde"), ElementsAre("De Linde"));
}

TEST_F(OrganisationsTest, AnEstablishmentIsClosedNotLeftOut) {
  auto made = Create(Facility(1, R"pb(
    establishments {
      display_name: "Huis Noord"
      address { street: "Dreef 2" postal_code: "2000" municipality: "Antwerpen" region: REGION_ANT }
    })pb"));
  ASSERT_THAT(made, IsOk());
  v1::Organisation without = *made;
  without.clear_establishments();
  EXPECT_THAT(Update(without, {"establishments"}),
              HasReason(v1::ERROR_REASON_ESTABLISHMENT_LEFT_OUT));
  made->mutable_establishments(0)->set_closed(true);
  const auto closed = Update(*made, {"establishments"});
  ASSERT_THAT(closed, IsOk());
  EXPECT_THAT(closed->regions(), ElementsAre(types::v1::REGION_OVL));
}

TEST_F(OrganisationsTest, ListsByKindAndRegionPageByPage) {
  for (int i = 1; i <= 5; ++i) {
    ASSERT_THAT(Create(Facility(i, absl::StrCat("display_name: '", i, "' kind: ",
                                                i % 2 == 0 ? "KIND_REFERRER" : "KIND_FACILITY"))),
                IsOk());
  }
  const auto list = [&](const std::string& filter) {
    v1::ListOrganisationsRequest request;
    request.set_filter(filter);
    request.set_page_size(2);
    std::vector<std::string> names;
    do {
      const auto page = service_.ListOrganisations(Service(), request);
      EXPECT_THAT(page, IsOk());
      EXPECT_TRUE(page->has_feed());
      for (const v1::Organisation& organisation : page->organisations()) {
        names.push_back(organisation.display_name());
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  };
  EXPECT_THAT(list(""), ElementsAre("1", "2", "3", "4", "5"));
  EXPECT_THAT(list("kind = KIND_REFERRER"), ElementsAre("2", "4"));
  EXPECT_THAT(list("region = REGION_OVL AND kind = KIND_FACILITY"), ElementsAre("1", "3", "5"));
  EXPECT_THAT(list("region = REGION_BRU"), IsEmpty());
  v1::ListOrganisationsRequest request;
  const auto for_staff = service_.ListOrganisations(Staff(), request);
  ASSERT_THAT(for_staff, IsOk());
  EXPECT_FALSE(for_staff->has_feed()) << "staff read no feeds";
}

TEST_F(OrganisationsTest, BatchGetAnswersInTheOrderAskedForAllOrNone) {
  const auto a = Create(Facility(1));
  const auto b = Create(Facility(2));
  ASSERT_THAT(a, IsOk());
  ASSERT_THAT(b, IsOk());
  v1::BatchGetOrganisationsRequest request;
  for (const std::string& name : {b->name(), a->name(), b->name()}) {
    request.add_names(name);
  }
  const auto found = service_.BatchGetOrganisations(Staff(), request);
  ASSERT_THAT(found, IsOk());
  EXPECT_THAT(found->organisations(),
              ElementsAre(EqualsProto(*b), EqualsProto(*a), EqualsProto(*b)));
  const std::string absent = absl::StrCat("organisations/", runtime::NewUuid());
  request.add_names(absent);
  EXPECT_THAT(service_.BatchGetOrganisations(Staff(), request),
              ::testing::AllOf(HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND),
                               HasMetadata("name", absent)));
}

}  // namespace scharnier::organisations
