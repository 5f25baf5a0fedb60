#include "common/rpc/service_table.h"

#include "gmock/gmock.h"
#include "scharnier/changes/v1/change.pb.h"
#include "scharnier/events/v1/session_service.pb.h"

namespace scharnier::rpc {
namespace {

using changes::v1::ListChangesRequest;
using changes::v1::ListChangesResponse;
using changes::v1::WatchChangesRequest;

constexpr char kService[] = "scharnier.events.v1.ChangeService";

template <class Request, class Response>
void AddUnary(ServiceTable& table, const std::string& method) {
  table.Unary<Request, Response>(
      method, [](const runtime::Context&, const Request&) { return Response(); });
}

TEST(ServiceTable, KnowsItsMethods) {
  ServiceTable table(kService);
  AddUnary<ListChangesRequest, ListChangesResponse>(table, "ListChanges");
  ASSERT_EQ(table.methods().size(), 1u);
  EXPECT_EQ(table.methods()[0].descriptor->full_name(),
            "scharnier.events.v1.ChangeService.ListChanges");
}

TEST(ServiceTableDeathTest, EndsTheProcessWhereItDoesNotFitTheProto) {
  EXPECT_DEATH(ServiceTable("scharnier.events.v1.NoService"),
               "no service scharnier.events.v1.NoService");
  ServiceTable table(kService);
  EXPECT_DEATH((AddUnary<ListChangesRequest, ListChangesResponse>(table, "ListChange")),
               "has no method ListChange");
  EXPECT_DEATH((AddUnary<WatchChangesRequest, ListChangesResponse>(table, "ListChanges")),
               "does not take scharnier.changes.v1.WatchChangesRequest");
  EXPECT_DEATH((AddUnary<ListChangesRequest, ListChangesRequest>(table, "ListChanges")),
               "does not answer with scharnier.changes.v1.ListChangesRequest");
  EXPECT_DEATH((AddUnary<WatchChangesRequest, ListChangesResponse>(table, "WatchChanges")),
               "has a stream");
  EXPECT_DEATH(table.Stream<ListChangesRequest>(
                   "ListChanges",
                   [](const runtime::Context&, const ListChangesRequest&) { return nullptr; }),
               "does not answer a message with a stream");
  AddUnary<ListChangesRequest, ListChangesResponse>(table, "ListChanges");
  EXPECT_DEATH((AddUnary<ListChangesRequest, ListChangesResponse>(table, "ListChanges")),
               "has two functions");
}

}  // namespace
}  // namespace scharnier::rpc
