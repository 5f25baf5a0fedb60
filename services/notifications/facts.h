// File: facts.h
// What a message tells of, read from the service that knows it when the message is sent: no address
// and no name is kept here.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_FACTS_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_FACTS_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/client.h"
#include "common/runtime/context.h"
#include "scharnier/events/v1/registration.pb.h"
#include "scharnier/events/v1/series.pb.h"
#include "scharnier/events/v1/session.pb.h"

namespace scharnier::notifications {

// A registration with its people, and what it is for.
struct Facts {
  events::v1::Registration registration;
  events::v1::Session session;
  events::v1::Series series;
};

// Reads the facts of an object, "sessions/…/registrations/…". Blocks. Errors: the reads' own;
// NOT_FOUND when it is gone.
using ReadFacts =
    std::function<absl::StatusOr<Facts>(const runtime::Context& ctx, const std::string& object)>;

// Reads them from the events service; `events` outlives the function.
ReadFacts FactsFromEvents(rpc::Client& events);

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_FACTS_H_
