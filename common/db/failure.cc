#include "common/db/failure.h"

#include <exception>
#include <pqxx/pqxx>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/db/tx.h"
#include "common/errors/errors.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::db {
namespace {

using Kind = Failure::Kind;

constexpr char kConstraintUrl[] = "scharnier.db/constraint";
constexpr absl::Duration kRetryDelay = absl::Seconds(1);

std::string FirstLine(absl::string_view text) {
  text = text.substr(0, text.find('\n'));
  return std::string(text);
}

// libpqxx keeps the name to itself, so it comes from the message, which is English where the
// server's lc_messages is C or English: … violates unique constraint "registration_attendee".
std::string ConstraintIn(absl::string_view message) {
  constexpr absl::string_view kBefore = " constraint \"";
  const size_t at = message.find(kBefore);
  if (at == absl::string_view::npos) {
    return "";
  }
  message.remove_prefix(at + kBefore.size());
  return std::string(message.substr(0, message.find('"')));
}

absl::Status Fault() {
  return errors::Error(types::v1::ERROR_REASON_INTERNAL_FAULT, "the service made a mistake");
}

absl::Status Conflict() {
  return errors::Error(types::v1::ERROR_REASON_CONFLICT,
                       "other calls change the same rows; try again")
      .RetryAfter(kRetryDelay);
}

absl::Status Overloaded() {
  return errors::Error(types::v1::ERROR_REASON_OVERLOADED, "the database is out of room")
      .RetryAfter(kRetryDelay);
}

bool IsConnectionTrouble(absl::string_view sqlstate) {
  return absl::StartsWith(sqlstate, "08") || absl::StartsWith(sqlstate, "57P") ||
         sqlstate == "25P03";  // idle in a transaction for too long
}

// The table of SQLSTATEs (PostgreSQL 15, appendix A) that mean something to us.
Failure FromSqlstate(const std::string& sqlstate, std::string message) {
  Failure failure{Kind::kOther, absl::OkStatus(), "", sqlstate, std::move(message)};
  if (IsConnectionTrouble(sqlstate)) {
    failure.kind = Kind::kConnection;
    failure.status = DatabaseAway("the database ended the connection");
  } else if (sqlstate == "0A000") {
    // After a migration: "cached plan must not change result type". A new connection has new plans.
    failure.kind = Kind::kConnection;
    failure.status = Fault();
  } else if (absl::StartsWith(sqlstate, "40") || sqlstate == "55P03") {
    failure.kind = Kind::kConflict;
    failure.status = Conflict();
  } else if (absl::StartsWith(sqlstate, "23")) {
    failure.kind = Kind::kConstraint;
    failure.status = Fault();
    failure.status.SetPayload(kConstraintUrl, absl::Cord(ConstraintIn(failure.message)));
  } else if (sqlstate == "57014") {
    failure.status = errors::Error(types::v1::ERROR_REASON_DEADLINE_PASSED,
                                   "the database took longer than there was time");
  } else if (absl::StartsWith(sqlstate, "53")) {
    failure.status = Overloaded();
  } else {
    failure.status = Fault();
  }
  return failure;
}

}  // namespace

Failure CurrentFailure() {
  try {
    throw;
  } catch (const pqxx::transaction_rollback& e) {
    // 6.4 does not tell the SQLSTATE of these, and does not derive them from sql_error.
    return FromSqlstate("40000", FirstLine(e.what()));
  } catch (const pqxx::sql_error& e) {
    return FromSqlstate(e.sqlstate(), FirstLine(e.what()));
  } catch (const pqxx::too_many_connections& e) {
    return FromSqlstate("53300", FirstLine(e.what()));
  } catch (const pqxx::broken_connection& e) {
    return {Kind::kConnection, DatabaseAway("the database cannot be reached"), "", "",
            FirstLine(e.what())};
  } catch (const std::exception& e) {
    return {Kind::kOther, Fault(), "", "", FirstLine(e.what())};
  }
}

absl::Status Awaited(const runtime::Context& ctx) {
  if (ctx.cancelled()) {
    return errors::Error(types::v1::ERROR_REASON_CALL_CANCELLED, "the caller cancelled the call");
  }
  if (ctx.expired()) {
    return errors::Error(types::v1::ERROR_REASON_DEADLINE_PASSED, "the call's deadline passed");
  }
  return absl::OkStatus();
}

absl::Status DatabaseAway(const std::string& message) {
  return errors::Error(types::v1::ERROR_REASON_DEPENDENCY_AWAY, message)
      .With("dependency", "database")
      .RetryAfter(kRetryDelay);
}

std::string ViolatedConstraint(const absl::Status& status) {
  const auto payload = status.GetPayload(kConstraintUrl);
  return payload.has_value() ? std::string(*payload) : "";
}

absl::Status WithoutConstraint(absl::Status status) {
  status.ErasePayload(kConstraintUrl);
  return status;
}

}  // namespace scharnier::db
