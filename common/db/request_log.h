// File: request_log.h
// The rows that give a request_id one effect: inserted first, in the transaction of the effect. A
// rival with the same id waits on the unique index; it owns the row if the first rolls back and
// finds it finished if the first commits.

#ifndef SCHARNIER_COMMON_DB_REQUEST_LOG_H_
#define SCHARNIER_COMMON_DB_REQUEST_LOG_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/db/tx.h"
#include "common/runtime/context.h"
#include "google/protobuf/message.h"

namespace scharnier::db {

// The request_id of a mutation's request message; every such message has the field.
std::string RequestId(const google::protobuf::Message& request);
// SHA-256 of the deterministic serialisation without request_id.
std::string Fingerprint(const google::protobuf::Message& request);

// Claims the request's id for this transaction: nullopt when it is ours, the name of the resource
// when it was done before. Errors: INVALID_ARGUMENT REQUEST_ID_REUSED when it was done with another
// body.
absl::StatusOr<std::optional<std::string>> ClaimRequest(Tx& tx, const runtime::Context& ctx,
                                                        const google::protobuf::Message& request);
// Remembers the resource that the request made or changed.
absl::Status FinishRequest(Tx& tx, const runtime::Context& ctx,
                           const google::protobuf::Message& request, const std::string& resource);

// The same for many requests in one statement each, claimed in sorted order so that batches cannot
// deadlock.
struct RequestRef {
  const runtime::Context* ctx;
  const google::protobuf::Message* request;
};
// One answer a request, in their order: as ClaimRequest. The outer status is the statement's. The
// same id twice in `requests`: the first is claimed, the others get ABORTED CONFLICT and have to be
// run again after it.
absl::StatusOr<std::vector<absl::StatusOr<std::optional<std::string>>>> ClaimRequests(
    Tx& tx, const std::vector<RequestRef>& requests);
absl::Status FinishRequests(Tx& tx, const std::vector<RequestRef>& requests,
                            const std::vector<std::string>& resources);
// Frees the ids of requests that were claimed here and refused, where the transaction commits for
// others.
absl::Status ReleaseRequests(Tx& tx, const std::vector<RequestRef>& requests);

}  // namespace scharnier::db

#endif  // SCHARNIER_COMMON_DB_REQUEST_LOG_H_
