#include "common/db/connection.h"

#include <libpq-fe.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <pqxx/pqxx>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/db/database.h"
#include "common/errors/errors.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::db {
namespace {

constexpr size_t kMaxParams = 32;

[[noreturn]] void Die(const std::string& query, const char* problem) {
  std::fprintf(stderr, "query %s: %s\n", query.c_str(), problem);
  std::abort();
}

// Long enough for a pause between two statements of one transaction, and no longer.
constexpr absl::Duration kIdleInTransaction = absl::Seconds(10);

std::string PercentEncoded(absl::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      encoded += c;
    } else {
      absl::StrAppend(&encoded, "%", absl::BytesToHexString(absl::string_view(&c, 1)));
    }
  }
  return encoded;
}

// exec_prepared takes its parameters one by one, in all versions of libpqxx that matter to us.
template <size_t... I>
pqxx::result ExecPrepared(pqxx::nontransaction& session, const std::string& name,
                          const std::vector<Param>& params, std::index_sequence<I...>) {
  return session.exec_prepared(name, params[I].text()...);
}
template <size_t N = 0>
pqxx::result ExecPrepared(pqxx::nontransaction& session, const std::string& name,
                          const std::vector<Param>& params) {
  if constexpr (N > kMaxParams) {
    Die(name, "has too many parameters");
  } else if (params.size() == N) {
    return ExecPrepared(session, name, params, std::make_index_sequence<N>());
  } else {
    return ExecPrepared<N + 1>(session, name, params);
  }
}

bool HasNul(const std::vector<Param>& params) {
  for (const Param& param : params) {
    if (param.text().has_value() && absl::StrContains(*param.text(), '\0')) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool IsUrl(const std::string& text) {
  if (!absl::StartsWith(text, "postgresql://") && !absl::StartsWith(text, "postgres://")) {
    return false;
  }
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(text.c_str(), nullptr), &PQconninfoFree);
  if (options == nullptr) {
    return false;
  }
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (std::strcmp(option->keyword, "password") == 0 && option->val != nullptr) {
      return false;
    }
  }
  return true;
}

std::string ConnectionUrl(const ConnectionOptions& options) {
  // A plan is made once a connection and kept. Made on a table that is still small it would read
  // all of it, and go on doing so when the table is large: so an index is used wherever there is
  // one. The price of a scan that cannot be avoided then looks so high that only jit=off keeps the
  // JIT away.
  std::string settings = absl::StrCat(
      "-c search_path=", options.schema, ",pg_temp -c timezone=UTC -c bytea_output=hex",
      " -c enable_seqscan=off -c jit=off",
      " -c statement_timeout=", absl::ToInt64Milliseconds(options.statement_timeout),
      " -c lock_timeout=", absl::ToInt64Milliseconds(options.lock_timeout),
      " -c idle_in_transaction_session_timeout=", absl::ToInt64Milliseconds(kIdleInTransaction));
  // A server whose machine is gone would otherwise be waited for for minutes.
  std::string url = absl::StrCat(options.url, absl::StrContains(options.url, '?') ? "&" : "?",
                                 "application_name=", PercentEncoded(options.schema),
                                 "&connect_timeout=", absl::ToInt64Seconds(options.connect_timeout),
                                 "&keepalives_idle=10&keepalives_interval=5&keepalives_count=3",
                                 "&tcp_user_timeout=15000&options=", PercentEncoded(settings));
  const std::string password = options.password == nullptr ? "" : options.password();
  if (!password.empty()) {  // else libpq's own ways to find one
    absl::StrAppend(&url, "&password=", PercentEncoded(password));
  }
  return url;
}

// A nontransaction sends nothing of its own: BEGIN and COMMIT are ours, so that a commit's outcome
// is known or in doubt in one place, and a read is one round trip.
struct Connection::Session {
  explicit Session(const std::string& url) : connection(url), statements(connection) {}
  pqxx::connection connection;
  pqxx::nontransaction statements;
};

Connection::Connection(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Connection::~Connection() = default;

Outcome<std::unique_ptr<Connection>> Connection::Open(const ConnectionOptions& options) {
  try {
    return std::unique_ptr<Connection>(
        new Connection(std::make_unique<Session>(ConnectionUrl(options))));
  } catch (const std::exception&) {
    Failure failure = CurrentFailure();
    failure.kind = Failure::Kind::kConnection;
    failure.status = DatabaseAway("the database cannot be reached");
    return failure;
  }
}

Outcome<Rows> Connection::Run(const Query& query, const std::vector<Param>& params) {
  if (HasNul(params)) {
    // libpqxx would cut the text there without a word.
    return Failure{Failure::Kind::kOther,
                   errors::Error(types::v1::ERROR_REASON_FIELD_INVALID,
                                 "text must not contain the character NUL"),
                   "", "", ""};
  }
  try {
    const auto prepared = prepared_.find(query.name);
    if (prepared == prepared_.end()) {
      session_->connection.prepare(query.name, query.text);
      prepared_.emplace(query.name, query.text);
    } else if (prepared->second != query.text && std::strcmp(prepared->second, query.text) != 0) {
      Die(query.name, "there are two of this name");
    }
    auto result = std::make_shared<const pqxx::result>(
        ExecPrepared(session_->statements, query.name, params));
    const int size = static_cast<int>(result->size());
    const auto affected = static_cast<int64_t>(result->affected_rows());
    return Rows(std::move(result), size, affected);
  } catch (const std::exception&) {
    return Failed();
  }
}

std::optional<Failure> Connection::Run(const std::string& sql) {
  try {
    session_->statements.exec(sql);
    return std::nullopt;
  } catch (const std::exception&) {
    return Failed();
  }
}

Failure Connection::Failed() {
  Failure failure = CurrentFailure();
  if (failure.kind != Failure::Kind::kConnection && !session_->connection.is_open()) {
    failure.kind = Failure::Kind::kConnection;
    failure.status = DatabaseAway("the database ended the connection");
  }
  return failure;
}

}  // namespace scharnier::db
