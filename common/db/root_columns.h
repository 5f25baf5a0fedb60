// File: root_columns.h
// What the rows of all resources have in common: names, version and times.

#ifndef SCHARNIER_COMMON_DB_ROOT_COLUMNS_H_
#define SCHARNIER_COMMON_DB_ROOT_COLUMNS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/db/tx.h"
#include "common/types/etag.h"
#include "common/types/timestamp.h"

namespace scharnier::db {

// The last identifier of a name.
inline std::string LastId(absl::string_view name) {
  return std::string(name.substr(name.rfind('/') + 1));
}

// The same of each name.
inline std::vector<std::string> LastIds(const std::vector<std::string>& names) {
  std::vector<std::string> ids;
  ids.reserve(names.size());
  for (const std::string& name : names) {
    ids.push_back(LastId(name));
  }
  return ids;
}

// The last identifier of a name that need not be there.
inline std::optional<std::string> LastIdIfAny(const std::optional<std::string>& name) {
  return name.has_value() ? std::optional<std::string>(LastId(*name)) : std::nullopt;
}

// The first identifier of a name: of "calls/{uuid}/tracks/{uuid}" the call's.
inline std::string FirstId(absl::string_view name) {
  name.remove_prefix(name.find('/') + 1);
  return std::string(name.substr(0, name.find('/')));
}

// Reads version, create_time and update_time.
template <class Resource>
void ReadRoot(const Row& row, Resource& resource) {
  resource.set_etag(types::Etag(row.Get<int64_t>("version")));
  *resource.mutable_create_time() = types::ToProto(row.Get<absl::Time>("create_time"));
  *resource.mutable_update_time() = types::ToProto(row.Get<absl::Time>("update_time"));
}

// Clears them, for the body.
template <class Resource>
void ClearRoot(Resource& resource) {
  resource.clear_etag();
  resource.clear_create_time();
  resource.clear_update_time();
}

}  // namespace scharnier::db

#endif  // SCHARNIER_COMMON_DB_ROOT_COLUMNS_H_
