// File: claims.h
// What a verified access token says about its bearer.

#ifndef SCHARNIER_COMMON_IDENTITY_CLAIMS_H_
#define SCHARNIER_COMMON_IDENTITY_CLAIMS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace scharnier::identity {

struct Claims {
  std::string subject;
  std::string email;  // as claimed; empty unless `email_verified` is true
  std::vector<std::string> roles;
  std::string actor;  // who acts for the subject: `act.sub` (RFC 8693); empty: nobody
  absl::Time expires;
};

}  // namespace scharnier::identity

#endif  // SCHARNIER_COMMON_IDENTITY_CLAIMS_H_
