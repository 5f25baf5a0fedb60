// File: call.h
// One call from its arrival to its log line, without gRPC: what the adapter does for every method,
// in a fixed order.
//
// Logged is every call but OK reads (methods with an HTTP path by GET): they are the many, and the
// metrics count them. Calls refused for overload, or beyond a limit, are counted too, and logged
// together, once a second.

#ifndef SCHARNIER_COMMON_RPC_CALL_H_
#define SCHARNIER_COMMON_RPC_CALL_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <typeinfo>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/rpc/identity.h"
#include "common/rpc/limits.h"
#include "common/rpc/server.h"
#include "common/rpc/service_table.h"
#include "common/runtime/clock.h"
#include "common/runtime/context.h"
#include "common/runtime/executor.h"
#include "google/protobuf/message.h"

namespace scharnier::rpc {

// What the calls of a server share; outlives them all.
struct CallEnvironment {
  const ServerOptions& options;
  runtime::Executor& executor;
  const runtime::Clock& clock;
  const Authenticator& authenticator;
  Limits& limits;
  std::atomic<int> in_flight{0};
  std::atomic<bool> draining{false};        // streams end at their next step
  std::atomic<int64_t> overload_logged{0};  // the second of the last such line
  std::atomic<int64_t> limited{0};          // calls beyond a limit since the last line about them
  std::atomic<int64_t> limited_logged{0};
};

// What the transport knows of a call.
struct Arrival {
  absl::Time deadline = absl::InfiniteFuture();
  Credentials credentials;
  std::string address;  // the host that called
  std::string traceparent;
};

// Logs a fault of the service under a call's trace id.
void LogFault(const google::protobuf::MethodDescriptor& method, const std::string& trace_id,
              const std::string& what);

class Call {
 public:
  // Takes the instant of receipt: to be made when the whole request has arrived, before any queue.
  Call(CallEnvironment& environment, const ServiceTable::Method& method, const Arrival& arrival);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Queues `work` on the executor. Errors: RESOURCE_EXHAUSTED OVERLOADED; `work` is not run then.
  absl::Status Admit(runtime::Executor::Task work);

  // Reads a message from the wire: whether the bytes are one.
  using ParseFunction = absl::FunctionRef<bool(google::protobuf::Message&)>;

  // Checks deadline, caller and policy, parses and validates; then request() may be used. Errors:
  // those of Authorise, ParseOne, Validate and Limits.
  absl::Status Prepare(ParseFunction parse);
  // Checks deadline, caller, limits and policy; then context().caller() is who calls. Errors:
  // DEADLINE_PASSED, CALL_CANCELLED, RATE_LIMITED, those of Authenticator::Identify and
  // CheckPolicy.
  absl::Status Authorise();
  // Whether a call that has been allowed still is, some time later: tokens and grants end. Errors:
  // those of Authorise.
  absl::Status CheckStill();
  // One message of the method's request type, not validated. Errors: MALFORMED.
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> ParseOne(ParseFunction parse) const;

  // Runs a step of a stream behind the barrier for exceptions. What one says can quote input: its
  // type has to do.
  template <class Function>
  absl::Status Guarded(Function step) const {
    try {
      return step();
    } catch (const std::exception& e) {
      LogFault(absl::StrCat("exception ", typeid(e).name()));
    } catch (...) {
      LogFault("exception of unknown type");
    }
    return Fault();
  }

  // Why work for the call would be wasted: DEADLINE_EXCEEDED DEADLINE_PASSED, CANCELLED
  // CALL_CANCELLED, or OK.
  absl::Status CheckWanted() const;

  // Counts and logs the call's end, tells ServerOptions::denied of a denial, and returns the status
  // to answer with: an error without a reason becomes INTERNAL INTERNAL_FAULT. Call it once, before
  // the answer goes out.
  absl::Status Conclude(absl::Status status);

  // Counts an answer of so many bytes until the call is gone: taken, or given up. Errors: those of
  // Limits::BeginAnswer; not to mutations, which are done.
  absl::Status CountAnswer(int64_t bytes);

  // An INTERNAL INTERNAL_FAULT that points to the log.
  absl::Status Fault() const;
  void LogFault(const std::string& what) const;

  const ServiceTable::Method& method() const { return method_; }
  runtime::Context& context() { return *context_; }
  const google::protobuf::Message& request() const { return *request_; }
  CallEnvironment& environment() { return environment_; }

 private:
  // Who calls, where grants are judged at `now`.
  absl::StatusOr<runtime::Caller> Identify(absl::Time now) const;
  // Whether it goes on as long as its caller likes.
  bool is_stream() const { return method_.stream || method_.collect; }
  void Leave();
  void LogEnd(const absl::Status& status, absl::Duration took) const;
  void LogOverload();
  void LogLimited();

  CallEnvironment& environment_;
  const ServiceTable::Method& method_;
  const absl::Time start_;
  bool admitted_ = false;
  const Credentials credentials_;
  const std::string address_;
  std::string key_;  // of its caller (CallerKey)
  bool begun_ = false;
  int64_t answer_bytes_ = 0;
  std::optional<runtime::Context> context_;
  std::unique_ptr<google::protobuf::Message> request_;
};

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_CALL_H_
