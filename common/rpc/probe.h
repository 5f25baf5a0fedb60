// File: probe.h
// Finds out that the process has gone deaf. When descriptors run out once, gRPC 1.51 never accepts
// a connection again (CVE-2023-4785), while open connections, other ports and the port's TCP
// handshake all look well.

#ifndef SCHARNIER_COMMON_RPC_PROBE_H_
#define SCHARNIER_COMMON_RPC_PROBE_H_

#include <atomic>
#include <functional>
#include <string>

#include "absl/time/time.h"
#include "common/rpc/ticker.h"

namespace scharnier::rpc {

// Whether a fresh gRPC connection to `address` ("0.0.0.0:50051" stands for this machine), by TLS or
// in plaintext, is ready within `timeout`.
bool CanConnect(const std::string& address, bool tls, absl::Duration timeout);

class SelfProbe {
 public:
  // Asks `connect` every `interval`, for the first time after one. Three failures in a row are the
  // end: then it calls `give_up`, once.
  SelfProbe(absl::Duration interval, std::function<bool()> connect, std::function<void()> give_up);

  void Stop() { ticker_.Stop(); }
  bool deaf() const { return deaf_.load(); }

 private:
  absl::Duration Tick();

  const absl::Duration interval_;
  const std::function<bool()> connect_;
  const std::function<void()> give_up_;
  bool started_ = false;
  int failures_ = 0;
  std::atomic<bool> deaf_{false};
  Ticker ticker_;  // last: it uses the others
};

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_PROBE_H_
