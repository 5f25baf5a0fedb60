// File: limits.h
// How much one caller, and one organisation, may ask of this process. Other services of the suite
// are not limited here, nor, but for answers that are not taken, what a service such as the gateway
// passes on for nobody in particular: it knows better from where that came.

#ifndef SCHARNIER_COMMON_RPC_LIMITS_H_
#define SCHARNIER_COMMON_RPC_LIMITS_H_

#include <algorithm>
#include <cstdint>
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
  RateLimit caller;        // calls; and from a host, credentials that are no good
  RateLimit organisation;  // mutations in its name
  int calls = 0;           // of a caller at a time, streams and long polls among them; 0: no limit
  int streams = 0;         // of these; 0: no limit
  // Bytes that answers may take which are written and not taken. A caller may leave an eighth of
  // what is free of it, at first 21 MiB, so nobody takes it all; and always 1 MiB, so it may be
  // exceeded.
  int64_t unread = 192 << 20;
};

// Of answers that small, a usual page, a caller may leave half of LimitOptions::unread, but begin
// nothing new beyond the eighth. Strangers, who have no key and count together where a service
// passes on their calls, may begin: they hardly ever keep such pages from each other.
inline constexpr int64_t kSmallAnswer = 128 << 10;

// Thread-safe. Errors: RESOURCE_EXHAUSTED RATE_LIMITED, which names the limit and says when to come
// back.
class Limits {
 public:
  explicit Limits(const LimitOptions& options)
      : options_(options),
        callers_(options.caller),
        strangers_(options.caller),
        organisations_(options.organisation) {}
  // Sees what the last call has done: gRPC orders the two, where ThreadSanitizer cannot see it.
  ~Limits() { const absl::MutexLock lock(&mutex_); }

  // Counts a call. Those of nobody in particular are told apart by `address`, their host.
  absl::Status TakeCall(const runtime::Caller& caller, const std::string& address,
                        absl::Time now = absl::Now());
  // Whether a host may show credentials, and that some were no good: looking at them has its price.
  absl::Status CheckCredentials(const std::string& address, absl::Time now = absl::Now());
  void CountBadCredentials(const std::string& address, absl::Time now = absl::Now());
  // Whether a mutation may go on, for every organisation in whose name it is, and that it was done.
  // What was refused is not counted: strangers who name an organisation take nothing from it.
  absl::Status CheckMutation(const google::protobuf::Message& request,
                             absl::Time now = absl::Now());
  void CountMutation(const google::protobuf::Message& request, absl::Time now = absl::Now());

  // A call of the caller with this key (CallerKey) begins; where it may, End() follows. It may not
  // where its caller has left too much unread.
  absl::Status Begin(const std::string& key, bool stream);
  void End(const std::string& key, bool stream);

  // An answer of so many bytes goes to the caller with this key, or to one of those who have none;
  // where it may, EndAnswer() follows. What has been done is answered in any case, and so is who
  // has left nothing.
  absl::Status BeginAnswer(const std::string& key, int64_t bytes, bool done);
  void EndAnswer(const std::string& key, int64_t bytes);

 private:
  struct InFlight {
    int calls = 0, streams = 0;
    int64_t unread = 0;
    bool none() const { return calls == 0 && unread == 0; }
  };

  // How much one caller may leave unread.
  int64_t Share() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return std::max<int64_t>((options_.unread - all_unread_) / 8, 1 << 20);
  }

  const LimitOptions options_;
  RateLimiter callers_, strangers_, organisations_;
  absl::Mutex mutex_;
  std::unordered_map<std::string, InFlight> in_flight_ ABSL_GUARDED_BY(mutex_);
  int64_t all_unread_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Whose calls count together; empty: nobody's, whose answers alone count.
std::string CallerKey(const runtime::Caller& caller, const std::string& address);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_LIMITS_H_
