// File: failure.h
// Why something with the database failed, as a status and as what to do about it. Inside common/db
// alone.

#ifndef SCHARNIER_COMMON_DB_FAILURE_H_
#define SCHARNIER_COMMON_DB_FAILURE_H_

#include <string>

#include "absl/status/status.h"
#include "common/runtime/context.h"

namespace scharnier::db {

// Why a statement or a connection failed.
struct Failure {
  enum class Kind {
    kConflict,    // the transaction can succeed when it is repeated
    kConnection,  // the connection is lost, or no longer fit to be used
    kConstraint,  // a constraint refused the row: status names it (ViolatedConstraint)
    kOther,
  };
  Kind kind = Kind::kOther;
  absl::Status status;
  std::string query;     // its name; empty for BEGIN and COMMIT
  std::string sqlstate;  // empty where libpqxx does not tell
  // The first line of the server's message. It may quote a value of the statement, so it is fit for
  // migrations and connections alone; the lines after it hold whole rows and are left out.
  std::string message;
};

// The failure of the exception being handled; call it in a catch block.
Failure CurrentFailure();

// OK while somebody waits for the call's answer; else CANCELLED CALL_CANCELLED or DEADLINE_EXCEEDED
// DEADLINE_PASSED.
absl::Status Awaited(const runtime::Context& ctx);

// UNAVAILABLE DEPENDENCY_AWAY with RetryInfo.
absl::Status DatabaseAway(const std::string& message);

// The status without what only a store needs to know.
absl::Status WithoutConstraint(absl::Status status);

}  // namespace scharnier::db

#endif  // SCHARNIER_COMMON_DB_FAILURE_H_
