#include "services/proposals/store/calls.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/db/message_column.h"
#include "common/db/root_columns.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "scharnier/proposals/v1/error_reason.pb.h"
#include "services/proposals/sql/calls.sql.h"

namespace scharnier::proposals::store {
namespace {

absl::StatusOr<v1::Call> FromRow(const db::Row& row) {
  ASSIGN_OR_RETURN(auto call, db::ReadMessage<v1::Call>(row, "body"));
  call.set_name(absl::StrCat("calls/", row.Get<std::string>("id")));
  call.set_state(static_cast<v1::Call::State>(row.Get<int>("state")));
  db::ReadRoot(row, call);
  return call;
}

// What stands in columns of its own does not stand in the body.
db::Bytes Body(v1::Call call) {
  call.clear_name();
  call.clear_state();
  db::ClearRoot(call);
  return db::Serialise(call);
}

std::vector<int> Regions(const v1::Call& call) {
  return {call.regions().begin(), call.regions().end()};
}

absl::StatusOr<v1::Call> Taken(absl::StatusOr<v1::Call> written) {
  if (db::ViolatedConstraint(written.status()) == "call_reference_prefix") {
    return errors::Error(v1::ERROR_REASON_REFERENCE_PREFIX_TAKEN,
                         "another call has the reference prefix")
        .Field("call.reference_prefix", "has to be another one");
  }
  return written;
}

}  // namespace

absl::StatusOr<v1::Call> InsertCall(db::Tx& tx, const v1::Call& call, absl::Time now) {
  constexpr const db::Query& kQuery = db::Find(sql::kCalls, "InsertCall");
  return Taken(tx.One(kQuery, FromRow, db::LastId(call.name()), static_cast<int>(call.state()),
                      call.reference_prefix(), Regions(call), now, Body(call)));
}

absl::StatusOr<v1::Call> LockCall(db::Tx& tx, const std::string& id) {
  constexpr const db::Query& kQuery = db::Find(sql::kCalls, "LockCall");
  return db::Named(tx.One(kQuery, FromRow, id), absl::StrCat("calls/", id));
}

absl::StatusOr<v1::Call> SaveCall(db::Tx& tx, const v1::Call& call, absl::Time now) {
  constexpr const db::Query& kQuery = db::Find(sql::kCalls, "SaveCall");
  return Taken(tx.One(kQuery, FromRow, db::LastId(call.name()), static_cast<int>(call.state()),
                      call.reference_prefix(), Regions(call), now, Body(call)));
}

absl::StatusOr<v1::Call> GetCall(db::Tx& tx, const std::string& id, bool drafts) {
  constexpr const db::Query& kQuery = db::Find(sql::kCalls, "GetCall");
  return db::Named(tx.One(kQuery, FromRow, id, drafts), absl::StrCat("calls/", id));
}

absl::StatusOr<v1::Call> ShareCall(db::Tx& tx, const std::string& id, bool drafts) {
  constexpr const db::Query& kQuery = db::Find(sql::kCalls, "ShareCall");
  return db::Named(tx.One(kQuery, FromRow, id, drafts), absl::StrCat("calls/", id));
}

absl::StatusOr<bool> WasSubmittedTo(db::Tx& tx, const std::string& id) {
  constexpr const db::Query& kQuery = db::Find(sql::kCalls, "WasSubmittedTo");
  return tx.One(kQuery, [](const db::Row& row) { return row.Get<bool>("found"); }, id);
}

absl::StatusOr<std::vector<v1::Call>> ListCalls(db::Tx& tx, const CallQuery& query) {
  constexpr const db::Query& kQuery = db::Find(sql::kCalls, "ListCalls");
  return tx.All(kQuery, FromRow, query.drafts, query.after, query.state, query.region, query.limit);
}

absl::StatusOr<std::vector<std::string>> ListInvolvedOrganisations(
    db::Tx& tx, const std::string& call, const std::optional<std::string>& after, int limit) {
  constexpr const db::Query& kQuery = db::Find(sql::kCalls, "ListInvolvedOrganisations");
  return tx.All(
      kQuery, [](const db::Row& row) { return row.Get<std::string>("organisation_id"); }, call,
      after, limit);
}

absl::StatusOr<std::string> NextReference(db::Tx& tx, const std::string& prefix) {
  constexpr const db::Query& kQuery = db::Find(sql::kCalls, "NextReferenceNumber");
  ASSIGN_OR_RETURN(const int64_t number,
                   tx.One(kQuery, [](const db::Row& row) { return row.Get<int64_t>("number"); }));
  return absl::StrFormat("%s-%04d", prefix, number);
}

}  // namespace scharnier::proposals::store
