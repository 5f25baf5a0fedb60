#include "common/db/tx.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <pqxx/pqxx>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::db {
namespace {

// A row that is not what the code says it is: the first test that reads it ends here.
[[noreturn]] void Die(const char* column, const char* problem) {
  std::fprintf(stderr, "column %s: %s\n", column, problem);
  std::abort();
}

pqxx::field Field(const void* result, int index, const char* column) {
  try {
    return (*static_cast<const pqxx::result*>(result))[index][column];
  } catch (const std::exception&) {
    Die(column, "the query has none of this name");
  }
}

absl::string_view Text(const pqxx::field& field) { return {field.c_str(), field.size()}; }

// Postgres' output with TimeZone UTC: "2020-10-25 01:30:00.123456+00".
absl::Time ParseTimestamp(const char* column, absl::string_view text) {
  if (text == "infinity") {
    return absl::InfiniteFuture();
  }
  if (text == "-infinity") {
    return absl::InfinitePast();
  }
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%Y-%m-%d %H:%M:%E*S%Ez", text, &time, &error)) {
    Die(column, "no timestamptz in UTC");
  }
  return time;
}

// Postgres' output of a one-dimensional array: {a,"b c",NULL}.
std::vector<std::string> ParseArray(const char* column, absl::string_view text) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') {
    Die(column, "no array");
  }
  text = text.substr(1, text.size() - 2);
  std::vector<std::string> values;
  for (size_t i = 0; i < text.size(); ++i) {  // the comma that follows an element is skipped here
    std::string value;
    const bool quoted = text[i] == '"';
    if (quoted) {
      for (++i; i < text.size() && text[i] != '"'; ++i) {
        i += text[i] == '\\' ? 1 : 0;
        value += text[i];
      }
      ++i;
    } else {
      for (; i < text.size() && text[i] != ','; ++i) {
        value += text[i];
      }
      if (value == "NULL") {
        value.clear();
      }
    }
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace

Param::Param(absl::Time time) {
  if (time == absl::InfiniteFuture()) {
    text_ = "infinity";
  } else if (time == absl::InfinitePast()) {
    text_ = "-infinity";
  } else {
    text_ = absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00", time, absl::UTCTimeZone());
  }
}

Param::Param(const Bytes& bytes)
    : text_(absl::StrCat("\\x", absl::BytesToHexString(bytes.value))) {}

void Param::AppendElement(bool first, const Param& element) {
  if (!first) {
    *text_ += ',';
  }
  if (!element.text_.has_value()) {
    *text_ += "NULL";
    return;
  }
  *text_ += '"';
  for (const char c : *element.text_) {
    if (c == '"' || c == '\\') {
      *text_ += '\\';
    }
    *text_ += c;
  }
  *text_ += '"';
}

bool Row::IsNull(const char* column) const { return Field(result_, index_, column).is_null(); }

template <>
std::string Row::Get<std::string>(const char* column) const {
  return std::string(Text(Field(result_, index_, column)));
}

template <>
int64_t Row::Get<int64_t>(const char* column) const {
  const pqxx::field field = Field(result_, index_, column);
  int64_t value = 0;
  if (!field.is_null() && !absl::SimpleAtoi(Text(field), &value)) {
    Die(column, "no integer of 64 bits");
  }
  return value;
}

template <>
int Row::Get<int>(const char* column) const {
  const pqxx::field field = Field(result_, index_, column);
  int value = 0;
  if (!field.is_null() && !absl::SimpleAtoi(Text(field), &value)) {
    Die(column, "no integer of 32 bits");
  }
  return value;
}

template <>
bool Row::Get<bool>(const char* column) const {
  const pqxx::field field = Field(result_, index_, column);
  if (!field.is_null() && Text(field) != "t" && Text(field) != "f") {
    Die(column, "no boolean");
  }
  return Text(field) == "t";
}

template <>
absl::Time Row::Get<absl::Time>(const char* column) const {
  const pqxx::field field = Field(result_, index_, column);
  return field.is_null() ? absl::Time() : ParseTimestamp(column, Text(field));
}

template <>
Bytes Row::Get<Bytes>(const char* column) const {
  const pqxx::field field = Field(result_, index_, column);
  if (field.is_null()) {
    return Bytes();
  }
  absl::string_view text = Text(field);
  if (text.substr(0, 2) != "\\x") {
    Die(column, "no bytea");
  }
  return Bytes{absl::HexStringToBytes(text.substr(2))};
}

template <>
std::vector<std::string> Row::Get<std::vector<std::string>>(const char* column) const {
  const pqxx::field field = Field(result_, index_, column);
  return field.is_null() ? std::vector<std::string>() : ParseArray(column, Text(field));
}

absl::Status Tx::NotFound() {
  return errors::Error(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND, "there is no such resource");
}

}  // namespace scharnier::db
