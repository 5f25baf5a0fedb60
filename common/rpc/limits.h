// File: limits.h
// How much one caller, and one organisation, may ask of this process. Other services of the suite
// are not limited here, nor what a service such as the gateway passes on for nobody in particular:
// it knows better from where that came.

#ifndef SCHARNIER_COMMON_RPC_LIMITS_H_
#define SCHARNIER_COMMON_RPC_LIMITS_H_

#include <string>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/rate_limiter.h"
#include "common/runtime/context.h"
#include "google/protobuf/message.h"

namespace scharnier::rpc {

struct LimitOptions {
  RateLimit caller;        // calls
  RateLimit organisation;  // mutations that name it
  int streams = 0;         // of a caller at a time; 0: no limit
};

// Thread-safe. Errors: RESOURCE_EXHAUSTED RATE_LIMITED, which names the limit and says when to come
// back.
class Limits {
 public:
  explicit Limits(const LimitOptions& options)
      : options_(options), callers_(options.caller), organisations_(options.organisation) {}

  // Counts a call. Those of nobody in particular are told apart by `address`, their host.
  absl::Status TakeCall(const runtime::Caller& caller, const std::string& address,
                        absl::Time now = absl::Now());
  // Counts a mutation with every organisation that its request names.
  absl::Status TakeMutation(const google::protobuf::Message& request, absl::Time now = absl::Now());

  // A stream of the caller with this key (CallerKey) begins; where it may, CloseStream() follows.
  absl::Status OpenStream(const std::string& key);
  void CloseStream(const std::string& key);

 private:
  const LimitOptions options_;
  RateLimiter callers_, organisations_;
  absl::Mutex mutex_;
  std::unordered_map<std::string, int> streams_ ABSL_GUARDED_BY(mutex_);
};

// Whose calls count together; empty: they are not counted.
std::string CallerKey(const runtime::Caller& caller, const std::string& address);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_LIMITS_H_
