// File: listener.h
// Waits for NOTIFY on a connection of its own, outside the pool. A notification is a hint: it can
// be lost with the connection, so whoever waits also looks from time to time.

#ifndef SCHARNIER_COMMON_DB_LISTENER_H_
#define SCHARNIER_COMMON_DB_LISTENER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/db/database.h"

namespace scharnier::db {

// One thread waits; any other may wake it.
class Listener {
 public:
  // Opens no connection yet.
  Listener(const DatabaseOptions& options, const std::string& channel);
  ~Listener();

  // Blocks until the channel was notified, `timeout` has passed or Wake was called. Where there is
  // no connection it connects and returns at once, since it cannot know what it has missed; where
  // that fails, or the connection breaks, it blocks until the timeout or Wake and returns
  // UNAVAILABLE DEPENDENCY_AWAY.
  absl::Status Wait(absl::Duration timeout);

  // Ends the Wait that blocks now, or else the next one.
  void Wake();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scharnier::db

#endif  // SCHARNIER_COMMON_DB_LISTENER_H_
