// File: origins.h
// Where the parties of a batch come from: by what they say, or by the copy of the register.

#ifndef SCHARNIER_SERVICES_EVENTS_ORIGINS_H_
#define SCHARNIER_SERVICES_EVENTS_ORIGINS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/tx.h"
#include "common/runtime/context.h"
#include "common/runtime/keyring.h"
#include "scharnier/events/v1/registration.pb.h"
#include "services/events/rules/registration.h"

namespace scharnier::events {

struct KnownOrigin {
  rules::Origin origin;
  // Whether the registrant may write in the name of the organisation, if there is one.
  bool mandated = false;
};

// A registration that somebody asks for.
struct Asked {
  const runtime::Caller* caller;
  const v1::Registration* registration;
};

// One answer a registration, in their order. Errors: those of rules::OriginOf; NoSuchOrganisation
// for one that the copy does not have.
absl::StatusOr<std::vector<absl::StatusOr<KnownOrigin>>> FindOrigins(
    db::Tx& tx, const runtime::Keyring& keyring, const std::vector<Asked>& asked);

// NOT_FOUND RESOURCE_NOT_FOUND for the organisation of a registration.
absl::Status NoSuchOrganisation(const std::string& name);
// Whether a refusal is that, and the register has to be asked.
bool IsNoSuchOrganisation(const absl::Status& refusal, const std::string& name);

}  // namespace scharnier::events

#endif  // SCHARNIER_SERVICES_EVENTS_ORIGINS_H_
