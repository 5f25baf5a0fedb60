// File: change_table.h
// For tests of this folder: the table of scharnier.events.v1.ChangeService, which has a unary
// method and a stream.

#ifndef SCHARNIER_COMMON_RPC_CHANGE_TABLE_H_
#define SCHARNIER_COMMON_RPC_CHANGE_TABLE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/rpc/service_table.h"
#include "scharnier/changes/v1/change.pb.h"

namespace scharnier::rpc {

inline constexpr char kList[] = "scharnier.events.v1.ChangeService/ListChanges";
inline constexpr char kWatch[] = "scharnier.events.v1.ChangeService/WatchChanges";

using ListRequest = changes::v1::ListChangesRequest;
using ListResponse = changes::v1::ListChangesResponse;
using WatchRequest = changes::v1::WatchChangesRequest;
using WatchResponse = changes::v1::WatchChangesResponse;

using ListFunction =
    std::function<void(const runtime::Context&, const ListRequest&, Done<ListResponse>)>;
using WatchFunction = std::function<absl::StatusOr<std::unique_ptr<ServerStream>>(
    const runtime::Context&, const WatchRequest&)>;

inline std::vector<ServiceTable> ChangeTable(ListFunction list, WatchFunction watch) {
  std::vector<ServiceTable> tables;
  ServiceTable& table = tables.emplace_back("scharnier.events.v1.ChangeService");
  table.Async<ListRequest, ListResponse>("ListChanges", std::move(list));
  table.Stream<WatchRequest>("WatchChanges", std::move(watch));
  return tables;
}

// A stream that ends at once.
class NoStream final : public ServerStream {
 public:
  absl::StatusOr<StreamStep> Next(const runtime::Context& /*ctx*/) override {
    StreamStep step;
    step.end = true;
    return step;
  }
};

inline std::vector<ServiceTable> ListTable(
    std::function<absl::StatusOr<ListResponse>(const runtime::Context&, const ListRequest&)> list) {
  return ChangeTable(
      [list = std::move(list)](const runtime::Context& ctx, const ListRequest& request,
                               Done<ListResponse> done) { done(list(ctx, request)); },
      [](const runtime::Context&, const WatchRequest&) { return std::make_unique<NoStream>(); });
}

inline std::vector<ServiceTable> WatchTable(WatchFunction watch) {
  return ChangeTable([](const runtime::Context&, const ListRequest&,
                        Done<ListResponse> done) { done(ListResponse()); },
                     std::move(watch));
}

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_CHANGE_TABLE_H_
