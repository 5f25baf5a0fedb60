#include "common/db/request_log.h"

#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/db/sql/request_log.sql.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/runtime/digest.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::db {
namespace {

using Key = std::tuple<std::string, std::string, std::string>;  // caller, rpc, request_id

const google::protobuf::FieldDescriptor* RequestIdField(const google::protobuf::Message& request) {
  return request.GetDescriptor()->FindFieldByName("request_id");
}

Key KeyOf(const RequestRef& ref) {
  return {ref.ctx->caller().Id(), ref.ctx->method(),
          absl::AsciiStrToLower(RequestId(*ref.request))};  // as Postgres writes a uuid
}

// The keys of some requests as columns, to be passed as arrays.
struct Columns {
  std::vector<std::string> callers, rpcs, ids;
  void Add(const Key& key) {
    callers.push_back(std::get<0>(key));
    rpcs.push_back(std::get<1>(key));
    ids.push_back(std::get<2>(key));
  }
};

Columns ColumnsOf(const std::vector<RequestRef>& requests) {
  Columns columns;
  for (const RequestRef& ref : requests) {
    columns.Add(KeyOf(ref));
  }
  return columns;
}

Key KeyFromRow(const Row& row) {
  return {row.Get<std::string>("caller"), row.Get<std::string>("rpc"),
          row.Get<std::string>("request_id")};
}

struct Known {
  Key key;
  std::string fingerprint;
  std::string resource;
};
Known KnownFromRow(const Row& row) {
  return {KeyFromRow(row), row.Get<Bytes>("fingerprint").value, row.Get<std::string>("resource")};
}

absl::Status AgainLater() {
  return errors::Error(types::v1::ERROR_REASON_CONFLICT,
                       "the same request_id is being handled; try again");
}

}  // namespace

std::string RequestId(const google::protobuf::Message& request) {
  return request.GetReflection()->GetString(request, RequestIdField(request));
}

std::string Fingerprint(const google::protobuf::Message& request) {
  const std::unique_ptr<google::protobuf::Message> copy(request.New());
  copy->CopyFrom(request);
  copy->GetReflection()->ClearField(copy.get(), RequestIdField(request));
  return runtime::Digest(*copy);
}

absl::StatusOr<std::optional<std::string>> ClaimRequest(Tx& tx, const runtime::Context& ctx,
                                                        const google::protobuf::Message& request) {
  ASSIGN_OR_RETURN(auto claims, ClaimRequests(tx, {{&ctx, &request}}));
  return claims.front();
}

absl::Status FinishRequest(Tx& tx, const runtime::Context& ctx,
                           const google::protobuf::Message& request, const std::string& resource) {
  return FinishRequests(tx, {{&ctx, &request}}, {resource});
}

absl::StatusOr<std::vector<absl::StatusOr<std::optional<std::string>>>> ClaimRequests(
    Tx& tx, const std::vector<RequestRef>& requests) {
  static constexpr const Query& kClaim = Find(sql::kRequestLog, "ClaimRequests");
  static constexpr const Query& kRead = Find(sql::kRequestLog, "ReadRequests");

  std::set<Key> asked;
  Columns columns;
  std::vector<Bytes> fingerprints;
  for (const RequestRef& ref : requests) {
    const Key key = KeyOf(ref);
    if (asked.insert(key).second) {
      columns.Add(key);
      fingerprints.push_back({Fingerprint(*ref.request)});
    }
  }
  ASSIGN_OR_RETURN(const std::vector<Key> claimed, tx.All(kClaim, KeyFromRow, columns.callers,
                                                          columns.rpcs, columns.ids, fingerprints));
  std::set<Key> ours(claimed.begin(), claimed.end());

  Columns missed;
  for (const Key& key : asked) {
    if (!ours.contains(key)) {
      missed.Add(key);
    }
  }
  std::map<Key, Known> known;
  if (!missed.ids.empty()) {
    // A statement of its own: it sees what rivals committed while the first one waited for them.
    ASSIGN_OR_RETURN(std::vector<Known> rows,
                     tx.All(kRead, KnownFromRow, missed.callers, missed.rpcs, missed.ids));
    for (Known& row : rows) {
      known.emplace(row.key, row);
    }
  }

  std::vector<absl::StatusOr<std::optional<std::string>>> answers;
  answers.reserve(requests.size());
  for (const RequestRef& ref : requests) {
    const Key key = KeyOf(ref);
    if (ours.erase(key) > 0) {
      answers.emplace_back(std::nullopt);
    } else if (const auto row = known.find(key); row == known.end()) {
      answers.emplace_back(AgainLater());  // ours a moment ago: the second of the same id
    } else if (row->second.fingerprint != Fingerprint(*ref.request)) {
      answers.emplace_back(
          errors::Error(types::v1::ERROR_REASON_REQUEST_ID_REUSED,
                        "the request_id was used before, with another request")
              .Field("request_id", "was used before, with another request: choose a new one"));
    } else {
      answers.emplace_back(row->second.resource);
    }
  }
  return answers;
}

absl::Status FinishRequests(Tx& tx, const std::vector<RequestRef>& requests,
                            const std::vector<std::string>& resources) {
  static constexpr const Query& kFinish = Find(sql::kRequestLog, "FinishRequests");
  const Columns columns = ColumnsOf(requests);
  return tx.Exec(kFinish, columns.callers, columns.rpcs, columns.ids, resources).status();
}

absl::Status ReleaseRequests(Tx& tx, const std::vector<RequestRef>& requests) {
  static constexpr const Query& kRelease = Find(sql::kRequestLog, "ReleaseRequests");
  const Columns columns = ColumnsOf(requests);
  return tx.Exec(kRelease, columns.callers, columns.rpcs, columns.ids).status();
}

}  // namespace scharnier::db
