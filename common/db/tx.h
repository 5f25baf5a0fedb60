// File: tx.h
// Statements on one connection, with their parameters and rows. libpqxx stays behind it.
//
//   absl::StatusOr<pb::Session> LockSession(db::Tx& tx, const std::string& id) {
//     constexpr const db::Query& kQuery = db::Find(sql::kSessions, "LockSession");
//     return tx.One(kQuery, FromRow, id);   // no row: NOT_FOUND
//   }

#ifndef SCHARNIER_COMMON_DB_TX_H_
#define SCHARNIER_COMMON_DB_TX_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/db/query.h"
#include "common/errors/errors.h"

namespace scharnier::db {

// Bytes, for bytea.
struct Bytes {
  std::string value;
};

// One parameter, in Postgres' text form. Vectors become array literals, to be cast in the query
// ($1::uuid[]). Text with a NUL character, which Postgres cannot hold, fails the statement:
// INVALID_ARGUMENT FIELD_INVALID.
class Param {
 public:
  // NOLINTBEGIN(google-explicit-constructor): parameters are written as plain values.
  Param(std::nullopt_t) {}
  Param(const char* text) : text_(text) {}
  Param(const std::string& text) : text_(text) {}
  Param(absl::string_view text) : text_(std::string(text)) {}
  Param(bool value) : text_(value ? "t" : "f") {}
  Param(int value) : text_(std::to_string(value)) {}
  Param(int64_t value) : text_(std::to_string(value)) {}
  Param(absl::Time
            time);  // microseconds; InfiniteFuture and InfinitePast are 'infinity' and '-infinity'
  Param(const Bytes& bytes);
  template <class T>
  Param(const std::optional<T>& value) {
    if (value.has_value()) {
      text_ = Param(*value).text_;
    }
  }
  template <class T>
  Param(const std::vector<T>& values) : text_("{") {
    bool first = true;
    for (const auto& value : values) {
      AppendElement(first, Param(T(value)));
      first = false;
    }
    *text_ += '}';
  }
  // NOLINTEND(google-explicit-constructor)

  const std::optional<std::string>& text() const { return text_; }

 private:
  void AppendElement(bool first, const Param& element);
  std::optional<std::string> text_;  // absent: NULL
};

// One row of an answer; valid as long as its Rows.
class Row {
 public:
  bool IsNull(const char* column) const;
  // std::string, int, int64_t, bool, absl::Time (of timestamptz), Bytes, std::vector<std::string>
  // (of an array; a NULL in it is empty). A NULL is T(). A column that the query does not have ends
  // the process: it is a fault of ours that the first test finds.
  template <class T>
  T Get(const char* column) const;
  // nullopt for NULL.
  template <class T>
  std::optional<T> Maybe(const char* column) const {
    return IsNull(column) ? std::nullopt : std::optional<T>(Get<T>(column));
  }

 private:
  friend class Rows;
  Row(const void* result, int index) : result_(result), index_(index) {}
  const void* result_;
  int index_;
};

// The rows of an answer.
class Rows {
 public:
  Rows(std::shared_ptr<const void> result, int size, int64_t affected)
      : result_(std::move(result)), size_(size), affected_(affected) {}
  int size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Rows that an INSERT, UPDATE or DELETE touched.
  int64_t affected() const { return affected_; }
  Row operator[](int index) const { return Row(result_.get(), index); }

 private:
  std::shared_ptr<const void> result_;
  int size_;
  int64_t affected_;
};

// Statements on one connection: in a transaction, or each by itself (Database::Read). One thread at
// a time. After a statement has failed, all that follow fail with its status, and so does the
// transaction, unless its body returns another error in its place. A store may put a reason of its
// own in the place of a violated constraint, and of nothing else:
//
//   if (db::ViolatedConstraint(status) == "registration_attendee") { return AlreadyRegistered(); }
class Tx {
  // What a FromRow function makes: T, whether it returns T or StatusOr<T>.
  template <class T>
  static T Unwrapped(absl::StatusOr<T>);
  template <class T>
  static T Unwrapped(T);

 public:
  virtual ~Tx() = default;

  // Any statement.
  virtual absl::StatusOr<Rows> Run(const Query& query, const std::vector<Param>& params) = 0;

  // Exactly one row, as a FromRow function reads it (Row -> T or StatusOr<T>). No row: NOT_FOUND
  // RESOURCE_NOT_FOUND.
  template <class F, class... Args>
  auto One(const Query& query, F from_row, const Args&... args)
      -> absl::StatusOr<decltype(Unwrapped(from_row(std::declval<Row>())))> {
    auto rows = Run(query, {Param(args)...});
    if (!rows.ok()) {
      return rows.status();
    }
    if (rows->empty()) {
      return NotFound();
    }
    return from_row((*rows)[0]);
  }

  // The first row, or nothing.
  template <class F, class... Args>
  auto Maybe(const Query& query, F from_row, const Args&... args)
      -> absl::StatusOr<std::optional<decltype(Unwrapped(from_row(std::declval<Row>())))>> {
    using T = decltype(Unwrapped(from_row(std::declval<Row>())));
    auto rows = Run(query, {Param(args)...});
    if (!rows.ok()) {
      return rows.status();
    }
    if (rows->empty()) {
      return std::optional<T>();
    }
    absl::StatusOr<T> value = from_row((*rows)[0]);
    if (!value.ok()) {
      return value.status();
    }
    return std::optional<T>(*std::move(value));
  }

  // All rows.
  template <class F, class... Args>
  auto All(const Query& query, F from_row, const Args&... args)
      -> absl::StatusOr<std::vector<decltype(Unwrapped(from_row(std::declval<Row>())))>> {
    using T = decltype(Unwrapped(from_row(std::declval<Row>())));
    auto rows = Run(query, {Param(args)...});
    if (!rows.ok()) {
      return rows.status();
    }
    std::vector<T> values;
    values.reserve(rows->size());
    for (int i = 0; i < rows->size(); ++i) {
      absl::StatusOr<T> value = from_row((*rows)[i]);
      if (!value.ok()) {
        return value.status();
      }
      values.push_back(*std::move(value));
    }
    return values;
  }

  // The number of rows that the statement touched.
  template <class... Args>
  absl::StatusOr<int64_t> Exec(const Query& query, const Args&... args) {
    auto rows = Run(query, {Param(args)...});
    if (!rows.ok()) {
      return rows.status();
    }
    return rows->affected();
  }

 private:
  static absl::Status NotFound();
};

// The result; NOT_FOUND gets the resource name that was asked for.
template <class T>
absl::StatusOr<T> Named(absl::StatusOr<T> result, absl::string_view name) {
  if (absl::IsNotFound(result.status())) {
    return errors::AddMetadata(result.status(), "name", name);
  }
  return result;
}

// The name of the constraint that a statement violated; empty for any other status. NOT NULL has no
// name.
std::string ViolatedConstraint(const absl::Status& status);

}  // namespace scharnier::db

#endif  // SCHARNIER_COMMON_DB_TX_H_
