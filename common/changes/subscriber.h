// File: subscriber.h
// Follows another service's feed: each change has its effect once, since the cursor commits with
// it.

#ifndef SCHARNIER_COMMON_CHANGES_SUBSCRIBER_H_
#define SCHARNIER_COMMON_CHANGES_SUBSCRIBER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/database.h"
#include "common/db/tx.h"
#include "common/rpc/client.h"
#include "common/runtime/clock.h"
#include "common/runtime/context.h"
#include "scharnier/changes/v1/change.pb.h"

namespace scharnier::changes {

// Runs a thread from construction to destruction. Any number of replicas may follow the same feed:
// each change is applied by one of them.
//
// A page of changes is one transaction. Where that fails, or takes longer than half a minute, its
// changes are applied one by one; one that fails `attempts` times is parked, and so are later
// changes of the same resource, while others flow. What repeating can heal (UNAVAILABLE, ABORTED,
// RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED, CANCELLED) is repeated for ever and parks nothing.
//
// Without a cursor, and with one that the source no longer knows (CURSOR_EXPIRED: the feed was
// restored, or keeps less than it missed), it begins anew: with a copy of the source's lists, where
// it has `copy`, else with the oldest change that is kept. What is parked is forgotten then.
class Subscriber {
 public:
  // A copy of the source as of a position of its feed, to be put in place in the transaction that
  // stores the cursor.
  struct Copy {
    v1::Cursor from;
    std::function<absl::Status(db::Tx&)> replace;
  };
  struct Options {
    std::string source;  // "events": its feed is "scharnier.events.v1.ChangeService"
    std::string name;    // of the cursor; empty: as the source
    // Reads the copy to begin with; empty: there is none.
    std::function<absl::StatusOr<Copy>(const runtime::Context&)> copy;
    int page_size = 100;
    absl::Duration wait = absl::Seconds(10);        // of the long poll
    absl::Duration retry_delay = absl::Seconds(1);  // after a failure, doubled up to 30 s
    int attempts = 5;                               // then the change is parked with its aggregate
  };
  // Has the effect of one change, in the transaction that stores the cursor; may run several times
  // before it commits once. The caller in its context is the source. Types that do not concern it
  // are OK at once.
  using Apply = std::function<absl::Status(const runtime::Context&, db::Tx&, const v1::Change&)>;

  Subscriber(db::Database& database, rpc::Client& source, const runtime::Clock& clock,
             Options options, Apply apply);
  // Waits for the long poll to end, so call source.Shutdown() before.
  ~Subscriber();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scharnier::changes

#endif  // SCHARNIER_COMMON_CHANGES_SUBSCRIBER_H_
