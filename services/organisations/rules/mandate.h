// File: mandate.h
// How mandates are given, accepted and taken back.

#ifndef SCHARNIER_SERVICES_ORGANISATIONS_RULES_MANDATE_H_
#define SCHARNIER_SERVICES_ORGANISATIONS_RULES_MANDATE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/runtime/context.h"
#include "scharnier/organisations/v1/mandate.pb.h"

namespace scharnier::organisations::rules {

// An invitation can be accepted for so long.
inline constexpr absl::Duration kInvitation = absl::Hours(14 * 24);

// Whether the caller, whose own mandate of the organisation in force is `role`, may give and take
// back mandates of it: officers of the register and signatories may. Errors: PERMISSION_DENIED
// MANDATE_NEEDED.
absl::Status MayMandate(const runtime::Caller& caller, v1::Mandate::Role role,
                        const std::string& organisation);

// The invitation that a request asks for, without its name.
v1::Mandate Invite(const v1::Mandate& wanted, const std::string& person_key, absl::Time now);

// Whether an invitation can be accepted no more, whatever its state says.
bool HasExpired(const v1::Mandate& mandate, absl::Time now);

// The invitation accepted; by somebody with an account it is the account's from then on. Errors:
// FAILED_PRECONDITION MANDATE_STATE, MANDATE_EXPIRED.
absl::StatusOr<v1::Mandate> Accept(v1::Mandate invited, const std::string& account, absl::Time now);

// The mandate, or the invitation, taken back. Errors: FAILED_PRECONDITION MANDATE_STATE.
absl::StatusOr<v1::Mandate> Revoke(v1::Mandate mandate, absl::Time now);

}  // namespace scharnier::organisations::rules

#endif  // SCHARNIER_SERVICES_ORGANISATIONS_RULES_MANDATE_H_
