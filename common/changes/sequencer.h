// File: sequencer.h
// The thread that gives committed changes their positions. Numbers are given to what is committed
// alone, by one replica at a time, and become visible together and ascending: whoever sees a
// position can see all below it.

#ifndef SCHARNIER_COMMON_CHANGES_SEQUENCER_H_
#define SCHARNIER_COMMON_CHANGES_SEQUENCER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "common/changes/waiters.h"
#include "common/db/database.h"
#include "common/db/listener.h"

namespace scharnier::changes {

// Runs from construction to destruction: when the schema's channel is notified and each `interval`,
// publishing to `waiters` how far the feed has got, whichever replica numbered. While the database
// is away it keeps trying.
class Sequencer {
 public:
  Sequencer(db::Database& database, absl::Duration interval, std::shared_ptr<Waiters> waiters);
  ~Sequencer();

  // Numbers all that was committed before the call. Errors: those of the database.
  absl::Status SequenceNow(const runtime::Context& ctx);

 private:
  enum class Lock { kTry, kWait };
  // How many changes were numbered, or nothing where another replica is numbering.
  absl::StatusOr<std::optional<int>> Number(const runtime::Context& ctx, Lock lock);
  // One look at the feed, and one batch if there is something to number: its size.
  absl::StatusOr<int> Round();
  void Run();

  db::Database& database_;
  const absl::Duration interval_;
  const std::shared_ptr<Waiters> waiters_;
  db::Listener listener_;
  absl::Notification stop_;
  std::thread thread_;
};

}  // namespace scharnier::changes

#endif  // SCHARNIER_COMMON_CHANGES_SEQUENCER_H_
