#include "common/types/etag.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::types {

std::string Etag(int64_t version) { return absl::WebSafeBase64Escape(absl::StrCat("v", version)); }

absl::StatusOr<int64_t> EtagVersion(absl::string_view etag) {
  std::string text;
  int64_t version = 0;
  if (!absl::WebSafeBase64Unescape(etag, &text) || !absl::StartsWith(text, "v") ||
      !absl::SimpleAtoi(absl::string_view(text).substr(1), &version)) {
    return errors::Error(v1::ERROR_REASON_INTERNAL_FAULT, "an etag that says no version");
  }
  return version;
}

absl::Status CheckEtag(absl::string_view current, absl::string_view given,
                       absl::string_view field) {
  if (given.empty()) {
    return errors::Error(v1::ERROR_REASON_FIELD_MISSING, "an update says which version it changes")
        .Field(field, "give the etag that the resource was read with");
  }
  if (given != current) {
    return errors::Error(v1::ERROR_REASON_ETAG_STALE, "the resource has changed since it was read")
        .With("field", field)
        .With("current", current);
  }
  return absl::OkStatus();
}

}  // namespace scharnier::types
