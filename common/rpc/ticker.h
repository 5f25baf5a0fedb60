// File: ticker.h
// Does something now and then, on a thread of its own.

#ifndef SCHARNIER_COMMON_RPC_TICKER_H_
#define SCHARNIER_COMMON_RPC_TICKER_H_

#include <functional>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace scharnier::rpc {

class Ticker {
 public:
  // Calls `tick` at once, and again each time the pause that it returned is over; an infinite pause
  // is the end.
  explicit Ticker(std::function<absl::Duration()> tick);
  ~Ticker();  // Stop()

  // Returns when a tick that runs has ended. Not from within `tick`.
  void Stop();

 private:
  void Run();

  std::function<absl::Duration()> tick_;
  absl::Mutex mutex_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_TICKER_H_
