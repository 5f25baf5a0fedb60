// File: connection.h
// One connection to Postgres, and what is prepared on it. Inside common/db alone.

#ifndef SCHARNIER_COMMON_DB_CONNECTION_H_
#define SCHARNIER_COMMON_DB_CONNECTION_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "common/db/failure.h"
#include "common/db/query.h"
#include "common/db/tx.h"
#include "common/runtime/secret.h"

namespace scharnier::db {

template <class T>
using Outcome = std::variant<T, Failure>;

// What a connection is opened with. Everything that a session depends on stands here, so that no
// statement changes it later.
struct ConnectionOptions {
  std::string url;                 // postgresql://…
  runtime::SecretSource password;  // asked now
  std::string schema;
  absl::Duration statement_timeout = absl::ZeroDuration();  // zero: none
  absl::Duration lock_timeout = absl::ZeroDuration();
  absl::Duration connect_timeout = absl::Seconds(3);
};

// The libpq URL: `options.url` with the password and the session's settings as parameters.
std::string ConnectionUrl(const ConnectionOptions& options);

// One thread at a time. After a failure of Kind::kConnection it is of no use.
class Connection {
 public:
  static Outcome<std::unique_ptr<Connection>> Open(const ConnectionOptions& options);
  ~Connection();

  // Runs the query, prepared under its name the first time; two queries of one name end the
  // process.
  Outcome<Rows> Run(const Query& query, const std::vector<Param>& params);
  // Runs SQL without parameters, such as BEGIN; nullopt when it went well.
  std::optional<Failure> Run(const std::string& sql);

 private:
  struct Session;
  explicit Connection(std::unique_ptr<Session> session);
  Failure Failed();

  std::unique_ptr<Session> session_;
  std::map<std::string, const char*> prepared_;  // texts by name
};

}  // namespace scharnier::db

#endif  // SCHARNIER_COMMON_DB_CONNECTION_H_
