#include "common/directory/directory.h"

#include <atomic>
#include <thread>

#include "absl/synchronization/notification.h"
#include "common/directory/sql/all.sql.h"
#include "common/rpc/service_table.h"
#include "common/testing/call_context.h"
#include "common/testing/callers.h"
#include "common/testing/directory_rows.h"
#include "common/testing/eventually.h"
#include "common/testing/matchers.h"
#include "common/testing/postgres.h"
#include "common/testing/server.h"
#include "common/types/etag.h"
#include "gmock/gmock.h"
#include "scharnier/organisations/v1/organisation_service.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::directory {
namespace {

namespace org = ::scharnier::organisations::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOk;

constexpr char kKnown[] = "organisations/01900000-0000-7000-8000-00000000000a";
constexpr char kOther[] = "organisations/01900000-0000-7000-8000-00000000000b";
constexpr char kAbsent[] = "organisations/01900000-0000-7000-8000-00000000000c";

class DirectoryTest : public ::testing::Test {
 protected:
  template <class F>
  auto Read(F body) -> decltype(body(std::declval<db::Tx&>())) {
    const runtime::Context ctx = testing::CallAs(options::v1::ROLE_SERVICE, "tests", absl::Now());
    return database_.Read(ctx, body);
  }
  static org::Organisation Named(const std::string& name) {
    org::Organisation organisation;
    organisation.set_name(name);
    organisation.set_display_name("De Groene Linde");
    organisation.set_etag(types::Etag(1));
    return organisation;
  }
  void Enter(const std::string& name) { testing::CopyOrganisation(postgres_, Named(name)); }
  void Mandate(const std::string& organisation, const std::string& person, org::Mandate::Role role,
               bool in_force) {
    testing::CopyMandate(postgres_, organisation, person, role, in_force);
  }

  testing::TestDatabase postgres_{"events", WithDirectory({})};
  db::Database database_{postgres_.options()};
};

TEST_F(DirectoryTest, EveryQueryPreparesAndEveryColumnIsTagged) {
  EXPECT_THAT(testing::PrepareAll(postgres_, sql::All()), IsEmpty());
  EXPECT_THAT(testing::UntaggedColumns(postgres_), IsEmpty());
}

TEST_F(DirectoryTest, OrganisationsAreFoundInTheOrderAskedFor) {
  Enter(kKnown);
  Enter(kOther);
  const auto found =
      Read([](db::Tx& tx) { return FindOrganisations(tx, {kOther, kAbsent, kKnown, kOther}); });
  ASSERT_THAT(found, IsOk());
  std::vector<std::string> names;
  for (const auto& organisation : *found) {
    names.push_back(organisation.has_value() ? organisation->name() : "nobody");
  }
  EXPECT_THAT(names, ElementsAre(kOther, "nobody", kKnown, kOther));
}

TEST_F(DirectoryTest, TheFarthestMandateInForceCounts) {
  Mandate(kKnown, "an", org::Mandate::ROLE_VIEWER, true);
  Mandate(kKnown, "an", org::Mandate::ROLE_EDITOR, true);
  Mandate(kKnown, "an", org::Mandate::ROLE_SIGNATORY, false);
  Mandate(kOther, "an", org::Mandate::ROLE_SIGNATORY, true);
  const auto roles = Read([](db::Tx& tx) {
    return FindMandates(tx, {{.person_key = "bob", .organisation = kKnown},
                             {.person_key = "an", .organisation = kKnown},
                             {.person_key = "an", .organisation = kOther},
                             {.person_key = "an", .organisation = kAbsent},
                             {.person_key = "an", .organisation = kKnown}});
  });
  ASSERT_THAT(roles, IsOk());
  EXPECT_THAT(*roles, ElementsAre(org::Mandate::ROLE_UNSPECIFIED, org::Mandate::ROLE_EDITOR,
                                  org::Mandate::ROLE_SIGNATORY, org::Mandate::ROLE_UNSPECIFIED,
                                  org::Mandate::ROLE_EDITOR));
}

// An account has taken the mandate of an address. It is the account's, whatever its address is now;
// of others who have the address it is not; and who speaks of somebody knows the address alone.
TEST_F(DirectoryTest, AMandateIsItsHolders) {
  Mandate(kKnown, "an", org::Mandate::ROLE_EDITOR, true);
  postgres_.Sql("UPDATE directory_mandate SET holder_key = 'account'");
  const auto roles = Read([](db::Tx& tx) {
    return FindMandates(tx,
                        {{.person_key = "an", .account = "account", .organisation = kKnown},
                         {.person_key = "an-peeters", .account = "account", .organisation = kKnown},
                         {.person_key = "an", .account = "another", .organisation = kKnown},
                         {.person_key = "an", .by_address = true, .organisation = kKnown},
                         {.person_key = "bea", .by_address = true, .organisation = kKnown}});
  });
  ASSERT_THAT(roles, IsOk());
  EXPECT_THAT(*roles, ElementsAre(org::Mandate::ROLE_EDITOR, org::Mandate::ROLE_EDITOR,
                                  org::Mandate::ROLE_UNSPECIFIED, org::Mandate::ROLE_EDITOR,
                                  org::Mandate::ROLE_UNSPECIFIED));
}

template <class Request, class Response>
void AnswerNothing(rpc::ServiceTable& table, const std::string& method) {
  table.Unary<Request, Response>(
      method, [](const runtime::Context&, const Request&) { return Response(); });
}

// A register that answers when it is told to.
TEST_F(DirectoryTest, OnlyAFewAskAtOnceAndTheAnswerIsKept) {
  absl::Notification answer;
  std::atomic<int> asked = 0;
  rpc::ServiceTable table("scharnier.organisations.v1.OrganisationService");
  AnswerNothing<org::CreateOrganisationRequest, org::Organisation>(table, "CreateOrganisation");
  AnswerNothing<org::UpdateOrganisationRequest, org::Organisation>(table, "UpdateOrganisation");
  AnswerNothing<org::BatchGetOrganisationsRequest, org::BatchGetOrganisationsResponse>(
      table, "BatchGetOrganisations");
  AnswerNothing<org::ListOrganisationsRequest, org::ListOrganisationsResponse>(table,
                                                                               "ListOrganisations");
  AnswerNothing<org::SearchOrganisationsRequest, org::SearchOrganisationsResponse>(
      table, "SearchOrganisations");
  table.Collect<org::ImportOrganisationsRequest, org::ImportOrganisationsResponse>(
      "ImportOrganisations", [](const runtime::Context&) { return nullptr; });
  table.Unary<org::GetOrganisationRequest, org::Organisation>(
      "GetOrganisation", [&](const runtime::Context&, const org::GetOrganisationRequest& request) {
        ++asked;
        answer.WaitForNotification();
        return Named(request.name());
      });
  std::vector<rpc::ServiceTable> tables;
  tables.push_back(std::move(table));
  testing::TestServer server({.threads = 8});
  server.Start(std::move(tables));
  Directory directory(database_, server.clock(), server.address(),
                      testing::Callers::Get().Tls("service events"));
  const auto ask = [&](const std::string& name) {
    const runtime::Context ctx = testing::CallAs(options::v1::ROLE_SERVICE, "tests", absl::Now());
    return directory.Ask(ctx, name).status();
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { ask(kKnown).IgnoreError(); });
  }
  ASSERT_TRUE(testing::Eventually([&] { return asked == 4; }));
  EXPECT_THAT(ask(kOther), testing::HasReason(types::v1::ERROR_REASON_DEPENDENCY_AWAY));
  answer.Notify();
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_THAT(ask(kKnown), IsOk());
  const auto kept = Read([](db::Tx& tx) { return FindOrganisations(tx, {kKnown, kOther}); });
  ASSERT_THAT(kept, IsOk());
  EXPECT_TRUE((*kept)[0].has_value());
  EXPECT_FALSE((*kept)[1].has_value());
}

}  // namespace
}  // namespace scharnier::directory
