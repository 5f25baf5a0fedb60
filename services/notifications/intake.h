// File: intake.h
// What changes elsewhere make people be told: a change of a feed becomes the messages of its
// occasion.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_INTAKE_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_INTAKE_H_

#include <functional>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "common/changes/subscriber.h"
#include "common/runtime/context.h"
#include "common/runtime/keyring.h"
#include "scharnier/proposals/v1/call.pb.h"
#include "services/notifications/sources.h"

namespace scharnier::notifications {

// The organisations that a published call concerns, "organisations/…".
struct Concerned {
  std::set<std::string> eligible;  // they can take part
  std::set<std::string> involved;  // they have something in it: a draft, perhaps
};
// Finds them. Blocks. Errors: those of the services asked.
using FindConcerned = std::function<absl::StatusOr<Concerned>(const runtime::Context& ctx,
                                                              const proposals::v1::Call& call)>;

// Asks the register and the proposals service, which know it at that moment; `sources` outlives the
// function.
FindConcerned AskWhomACallConcerns(Sources& sources);

// The effect of one change: one message a recipient, each with a change of its own. A change that
// comes again makes none twice, and one that is older than this schema makes none. What would tell
// that a draft exists is queued discreetly. Errors: INTERNAL INTERNAL_FAULT for a change without
// its resource; those of `find_concerned`. `keyring` outlives it.
changes::Subscriber::Apply QueueMessages(const runtime::Keyring& keyring,
                                         FindConcerned find_concerned);

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_INTAKE_H_
