// File: filter.h
// Filters of lists: a subset of AIP-160. Conditions `field = value`, joined by AND, each field
// once.
//
//   ASSIGN_OR_RETURN(auto filter, rpc::ParseFilter(req.filter(), {{"state",
//   pb::Session::State_descriptor()}, {"series", "series/*"}})); filter.Number("state")   // 2, or
//   nullopt: for `($1::int IS NULL OR state = $1)`

#ifndef SCHARNIER_COMMON_RPC_FILTER_H_
#define SCHARNIER_COMMON_RPC_FILTER_H_

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace scharnier::rpc {

// A field that can be filtered on: an enum (its value's name), or a resource name (its pattern, or
// several joined by |).
struct FilterField {
  std::string name;
  std::variant<const google::protobuf::EnumDescriptor*, std::string> type;
};

class Filter {
 public:
  // The number of the enum value asked for.
  std::optional<int> Number(const std::string& field) const;
  // The last UUID of the resource name asked for.
  std::optional<std::string> Id(const std::string& field) const;
  // The resource name asked for.
  std::optional<std::string> Name(const std::string& field) const;

 private:
  friend absl::StatusOr<Filter> ParseFilter(absl::string_view text,
                                            const std::vector<FilterField>& fields);
  std::map<std::string, std::string> names_;
  std::map<std::string, int> numbers_;
};

// Errors: INVALID_ARGUMENT FILTER_INVALID, saying what could not be read or which fields there are.
absl::StatusOr<Filter> ParseFilter(absl::string_view text, const std::vector<FilterField>& fields);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_FILTER_H_
