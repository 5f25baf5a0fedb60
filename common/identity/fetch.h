// File: fetch.h
// Fetches the issuer's keys by HTTPS, with libcurl.

#ifndef SCHARNIER_COMMON_IDENTITY_FETCH_H_
#define SCHARNIER_COMMON_IDENTITY_FETCH_H_

#include <string>

#include "absl/status/statusor.h"

namespace scharnier::identity {

struct FetchOptions {
  std::string url;      // https://issuer.example.org/jwks
  std::string ca_file;  // who may sign the issuer's certificate; empty: the system's authorities
};

// The body of a 200, up to 256 KiB. Follows no redirect and uses no proxy. Takes 2 s at most.
// Errors: UNAVAILABLE, saying what went wrong.
absl::StatusOr<std::string> Fetch(const FetchOptions& options);

}  // namespace scharnier::identity

#endif  // SCHARNIER_COMMON_IDENTITY_FETCH_H_
