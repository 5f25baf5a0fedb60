// File: raw_call.h
// Calls of raw bytes, as a foreign or a broken client sends them.
//
//   RawCall call(address, "scharnier.events.v1.SessionService/GetSession", "\x0a\xff", {.caller =
//   "staff devos"}); EXPECT_THAT(call.Finish(), HasReason(types::v1::ERROR_REASON_MALFORMED));

#ifndef SCHARNIER_COMMON_TESTING_RAW_CALL_H_
#define SCHARNIER_COMMON_TESTING_RAW_CALL_H_

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace scharnier::testing {

struct RawCallOptions {
  std::string caller = {};  // as in callers.h; empty is nobody
  std::multimap<std::string, std::string> metadata = {};
  absl::Duration deadline = absl::InfiniteDuration();
  bool gzip = false;
  bool plaintext = false;  // as health is served
};

// A call; blocks. One that is dropped is cancelled.
class RawCall {
 public:
  // A unary call or a server stream.
  RawCall(const std::string& address, const std::string& method, const std::string& request,
          const RawCallOptions& options = {});
  // A client stream, whose messages are written one by one.
  RawCall(const std::string& address, const std::string& method, const RawCallOptions& options);
  ~RawCall();

  // Sends a message; false when the call has ended.
  bool Write(const std::string& message);
  // Says that there are no more.
  void EndWrites();
  // The next message, or nothing when there are no more.
  std::optional<std::string> Read();
  void Cancel();
  // Reads what is left and returns how the call ended: with the service's details, or, where gRPC
  // itself ended it, with the bare code.
  absl::Status Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scharnier::testing

#endif  // SCHARNIER_COMMON_TESTING_RAW_CALL_H_
