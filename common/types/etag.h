// File: etag.h
// Etags (AIP-154): the version of a resource's root, opaque to callers.

#ifndef SCHARNIER_COMMON_TYPES_ETAG_H_
#define SCHARNIER_COMMON_TYPES_ETAG_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace scharnier::types {

// The etag of a version.
std::string Etag(int64_t version);
// The version of an etag, for those who keep copies and have to tell the newer one. Errors:
// INTERNAL INTERNAL_FAULT for what is no etag of ours.
absl::StatusOr<int64_t> EtagVersion(absl::string_view etag);

// Whether the caller saw the resource as it is. Errors: INVALID_ARGUMENT FIELD_MISSING when `given`
// is empty; ABORTED ETAG_STALE; both at `field` ("session.etag").
absl::Status CheckEtag(absl::string_view current, absl::string_view given, absl::string_view field);

}  // namespace scharnier::types

#endif  // SCHARNIER_COMMON_TYPES_ETAG_H_
