// File: query.h
// A named query of a .sql file, found at compile time.
//
// The build turns sql/sessions.sql, blocks `-- name: VerbNoun`, into a header with `inline
// constexpr db::Query kSessions[]` in the namespace of the service's `sql`. The name is the
// prepared statement's and the metric's label.
//
//   constexpr const db::Query& kLock = db::Find(sql::kSessions, "LockSession");   // a misspelt
//   name does not compile

#ifndef SCHARNIER_COMMON_DB_QUERY_H_
#define SCHARNIER_COMMON_DB_QUERY_H_

#include <cstddef>
#include <string_view>

namespace scharnier::db {

struct Query {
  const char* name;
  const char* text;
};

template <std::size_t N>
consteval const Query& Find(const Query (&queries)[N], std::string_view name) {
  for (const Query& query : queries) {
    if (name == query.name) {
      return query;
    }
  }
  throw "no query of that name";
}

}  // namespace scharnier::db

#endif  // SCHARNIER_COMMON_DB_QUERY_H_
