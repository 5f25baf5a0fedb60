#include "common/changes/audit.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/changes/denials.h"
#include "common/changes/sql/audit.sql.h"
#include "common/changes/test_feed.h"
#include "common/testing/matchers.h"
#include "common/testing/server.h"
#include "common/types/timestamp.h"
#include "gmock/gmock.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::changes {
namespace {

using audit::v1::AuditEntry;
using audit::v1::ListAuditEntriesRequest;
using audit::v1::ListAuditEntriesResponse;
using ::scharnier::testing::HasField;
using ::scharnier::testing::HasReason;
using ::scharnier::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class AuditTest : public ::testing::Test {
 protected:
  AuditTest() {
    rpc::ServiceTable& table = tables_.emplace_back("scharnier.events.v1.AuditService");
    trail_.AddTo(table);
    server_.Start(std::move(tables_));
  }
  ~AuditTest() override { server_.Stop(); }

  // A row at an instant, as only the owner can write it.
  void Row(const std::string& resource, int second, const std::string& more_columns = "",
           const std::string& more_values = "") {
    service_.postgres.Sql(absl::StrCat(
        "INSERT INTO audit (at, subject, method, resource", more_columns, ") VALUES (to_timestamp(",
        second, "), 'staff:devos', 'Test/Call', '", resource, "'", more_values, ")"));
  }
  absl::StatusOr<ListAuditEntriesResponse> List(const ListAuditEntriesRequest& request,
                                                const std::string& caller = "staff devos") {
    return server_.Call<ListAuditEntriesResponse>(
        caller, "scharnier.events.v1.AuditService/ListAuditEntries", request);
  }
  // The resources of all pages.
  std::vector<std::string> Resources(ListAuditEntriesRequest request = {}) {
    std::vector<std::string> resources;
    do {
      const auto page = List(request);
      EXPECT_THAT(page, IsOk());
      for (const AuditEntry& entry : page->audit_entries()) {
        resources.push_back(entry.resource());
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return resources;
  }

  TestService service_;
  db::Database login_{service_.postgres.audit_options()};
  testing::TestServer server_;
  AuditTrail trail_{login_, server_.keyring()};
  std::vector<rpc::ServiceTable> tables_;
};

TEST_F(AuditTest, ShowsAMutationWithoutWhatIsPersonal) {
  const std::string name = TestService::NewName();
  ASSERT_THAT(service_.Write({name}), IsOk());
  const auto page = List({});
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->audit_entries_size(), 1);
  const AuditEntry& entry = page->audit_entries(0);
  EXPECT_EQ(entry.subject(), "staff:tester");
  EXPECT_EQ(entry.via(), "");
  EXPECT_EQ(entry.method(), "Test/Call");
  EXPECT_EQ(entry.request_id(), "");
  EXPECT_EQ(entry.resource(), name);
  EXPECT_THAT(entry.fields(), UnorderedElementsAre("name", "capacity"));
  EXPECT_THAT(entry.before(), IsEmpty());
  EXPECT_THAT(entry.after(), UnorderedElementsAre(Pair("name", name), Pair("capacity", "20")));
  EXPECT_EQ(entry.decision(), AuditEntry::DECISION_ALLOWED);
  EXPECT_NE(entry.traceparent(), "");
  EXPECT_EQ(service_.postgres.Sql("SELECT extract(epoch FROM at)::bigint FROM audit"),
            std::vector{absl::StrCat(
                absl::ToUnixSeconds(types::FromProto(entry.time()) + absl::Milliseconds(500)))});
}

TEST_F(AuditTest, ShowsADenial) {
  runtime::Executor executor(1, 1);
  Denials denials(service_.database, executor);
  denials.Add({.caller = "person:3f",
               .via = "team:reporting",
               .method = "Test/Call",
               .reason = "NOT_GRANTED",
               .resource = "sessions/1"});
  executor.Stop();
  const auto page = List({});
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->audit_entries_size(), 1);
  const AuditEntry& entry = page->audit_entries(0);
  EXPECT_EQ(entry.subject(), "person:3f");
  EXPECT_EQ(entry.via(), "team:reporting");
  EXPECT_EQ(entry.resource(), "sessions/1");
  EXPECT_EQ(entry.decision(), AuditEntry::DECISION_DENIED);
  EXPECT_EQ(entry.reason(), "NOT_GRANTED");
  EXPECT_THAT(entry.fields(), IsEmpty());
}

TEST_F(AuditTest, GoesFromTheNewestToTheOldestInPages) {
  Row("second", 20);
  Row("first", 10);
  for (const char* at_once : {"third", "fourth", "fifth"}) {
    Row(at_once, 30);
  }
  ListAuditEntriesRequest request;
  for (const int size : {1, 2, 3, 4, 5, 6}) {
    request.set_page_size(size);
    EXPECT_THAT(Resources(request), ElementsAre("fifth", "fourth", "third", "second", "first"))
        << size;
  }
}

TEST_F(AuditTest, LeavesOutWhatIsDiscreet) {
  Row("sessions/1", 10);
  Row("proposals/1", 20, ", discreet", ", true");
  EXPECT_THAT(Resources(), ElementsAre("sessions/1"));
  ListAuditEntriesRequest request;
  request.set_resource("proposals/1");
  EXPECT_THAT(Resources(request), IsEmpty());
}

TEST_F(AuditTest, FindsWhatIsAskedFor) {
  Row("a", 10);
  Row("b", 20, ", decision", ", 'DENIED'");
  Row("a", 30, ", decision", ", 'DENIED'");
  service_.postgres.Sql("UPDATE audit SET subject = 'person:3f' WHERE at = to_timestamp(20)");
  service_.postgres.Sql("UPDATE audit SET method = 'Test/Other' WHERE at = to_timestamp(30)");
  const struct {
    std::string what;
    std::function<void(ListAuditEntriesRequest&)> ask;
    std::vector<std::string> found;
  } cases[] = {
      {"resource", [](auto& r) { r.set_resource("a"); }, {"a", "a"}},
      {"no such resource", [](auto& r) { r.set_resource("c"); }, {}},
      {"subject", [](auto& r) { r.set_subject("person:3f"); }, {"b"}},
      {"method", [](auto& r) { r.set_method("Test/Other"); }, {"a"}},
      {"denied", [](auto& r) { r.set_decision(AuditEntry::DECISION_DENIED); }, {"a", "b"}},
      {"allowed", [](auto& r) { r.set_decision(AuditEntry::DECISION_ALLOWED); }, {"a"}},
      {"since", [](auto& r) { r.mutable_since()->set_seconds(20); }, {"a", "b"}},
      {"until", [](auto& r) { r.mutable_until()->set_seconds(20); }, {"a"}},
      {"nothing between",
       [](auto& r) {
         r.mutable_since()->set_seconds(21);
         r.mutable_until()->set_seconds(30);
       },
       {}},
      {"all of it",
       [](auto& r) {
         r.set_resource("a");
         r.set_method("Test/Call");
         r.set_subject("staff:devos");
         r.set_decision(AuditEntry::DECISION_ALLOWED);
         r.mutable_since()->set_seconds(10);
       },
       {"a"}},
  };
  for (const auto& [what, ask, found] : cases) {
    ListAuditEntriesRequest request;
    request.set_page_size(1);
    ask(request);
    EXPECT_EQ(Resources(request), found) << what;
  }
}

// Operators see no drafts of calls and sessions, which the trail tells of.
TEST_F(AuditTest, IsForStaff) {
  EXPECT_THAT(List({}, "staff devos"), IsOk());
  for (const char* other : {"operator piet", "person an@example.org", "team reporting"}) {
    EXPECT_THAT(List({}, other), HasReason(types::v1::ERROR_REASON_ROLE_NOT_ALLOWED)) << other;
  }
}

TEST_F(AuditTest, RefusesWhatItCannotRead) {
  ListAuditEntriesRequest request;
  request.set_page_token("c29tZXRoaW5n");
  EXPECT_THAT(List(request), HasReason(types::v1::ERROR_REASON_PAGE_TOKEN_INVALID));
  request.clear_page_token();
  request.mutable_since()->set_nanos(-1);
  EXPECT_THAT(List(request), HasField("since"));
}

// The trail only grows: whoever looks at the last page shall not read all of it.
TEST_F(AuditTest, UsesAnIndex) {
  service_.postgres.Sql(
      "INSERT INTO audit (subject, method, resource) SELECT 'staff:devos', 'Test/Call', "
      "'sessions/' || n % 100 FROM generate_series(1, 10000) AS n");
  service_.postgres.Sql("ANALYZE audit");
  for (const auto& [name, index] : {std::pair("ListAuditEntries", "audit_at"),
                                    std::pair("ListAuditEntriesOfResource", "audit_resource")}) {
    const db::Query* query = std::ranges::find(sql::kAudit, std::string_view(name),
                                               [](const db::Query& q) { return q.name; });
    const std::string plan = absl::StrJoin(
        service_.postgres.Sql(absl::StrCat(
            "SET ROLE audit_events; SET enable_seqscan = off; SET plan_cache_mode = "
            "force_generic_plan; PREPARE asked AS ",
            query->text, "; EXPLAIN EXECUTE asked('infinity', 0, '-infinity', NULL, NULL, NULL, 50",
            std::string_view(name) == "ListAuditEntries" ? "" : ", 'a'", ")")),
        "\n");
    EXPECT_THAT(plan, ::testing::HasSubstr(absl::StrCat("Index Scan Backward using ", index)));
  }
}

}  // namespace
}  // namespace scharnier::changes
