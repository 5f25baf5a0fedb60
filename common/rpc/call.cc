#include "common/rpc/call.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/rpc/denial.h"
#include "common/rpc/policy.h"
#include "common/rpc/validate.h"
#include "common/runtime/log.h"
#include "common/runtime/metrics.h"
#include "google/api/annotations.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

namespace pb = google::protobuf;

struct CallMetrics {
  metrics::CounterFamily& started = metrics::Counter("grpc_server_started_total", "RPCs started",
                                                     {"grpc_type", "grpc_service", "grpc_method"});
  metrics::CounterFamily& handled =
      metrics::Counter("grpc_server_handled_total", "RPCs completed, by status",
                       {"grpc_type", "grpc_service", "grpc_method", "grpc_code"});
  metrics::HistogramFamily& handling =
      metrics::Histogram("grpc_server_handling_seconds", "Duration of RPCs, queueing included",
                         {"grpc_type", "grpc_service", "grpc_method"});
};
CallMetrics& Metrics() {
  static auto* metrics = new CallMetrics();
  return *metrics;
}

std::array<absl::string_view, 3> Labels(const pb::MethodDescriptor& method) {
  const char* type = method.server_streaming()   ? "server_stream"
                     : method.client_streaming() ? "client_stream"
                                                 : "unary";
  return {type, method.service()->full_name(), method.name()};
}

std::string MethodPath(const pb::MethodDescriptor& method) {
  return absl::StrCat(method.service()->full_name(), "/", method.name());
}

bool IsRead(const pb::MethodDescriptor& method) {
  return method.options().GetExtension(google::api::http).pattern_case() ==
         google::api::HttpRule::kGet;
}

absl::Time Deadline(const ServerOptions& options, const pb::MethodDescriptor& method,
                    absl::Time asked, absl::Time start) {
  if (method.server_streaming() || method.client_streaming()) {
    return std::min(asked, start + options.longest_stream);
  }
  if (asked == absl::InfiniteFuture()) {
    return start + options.default_deadline;
  }
  return std::min(asked, start + options.maximum_deadline);
}

// Whether nobody was here in this second; `last` keeps the second of whoever was.
bool IsFirstThisSecond(std::atomic<int64_t>& last) {
  const int64_t second = absl::ToUnixSeconds(absl::Now());
  return last.exchange(second) != second;
}

}  // namespace

void LogFault(const pb::MethodDescriptor& method, const std::string& trace_id,
              const std::string& what) {
  log::Error("fault", {{"method", MethodPath(method)}, {"what", what}, {"trace_id", trace_id}});
}

Call::Call(CallEnvironment& environment, const ServiceTable::Method& method, const Arrival& arrival)
    : environment_(environment),
      method_(method),
      start_(absl::Now()),
      credentials_(arrival.credentials),
      address_(arrival.address) {
  runtime::Context::Options options;
  options.now = environment.clock.Now();
  options.deadline = Deadline(environment.options, *method.descriptor, arrival.deadline, start_);
  options.method = MethodPath(*method.descriptor);
  options.trace = runtime::StartSpan(arrival.traceparent);
  context_.emplace(std::move(options));
  Metrics().started.Add(Labels(*method.descriptor));
}

Call::~Call() {
  Leave();
  if (answer_bytes_ > 0) {
    environment_.limits.EndAnswer(key_, answer_bytes_);
  }
}

void Call::Leave() {
  if (std::exchange(admitted_, false)) {
    environment_.in_flight.fetch_sub(1, std::memory_order_relaxed);
  }
  if (std::exchange(begun_, false)) {
    environment_.limits.End(key_, is_stream());
  }
}

absl::Status Call::Admit(runtime::Executor::Task work) {
  const int before = environment_.in_flight.fetch_add(1, std::memory_order_relaxed);
  admitted_ = true;
  if (before < environment_.options.max_in_flight &&
      environment_.executor.TrySubmit(std::move(work))) {
    return absl::OkStatus();
  }
  return errors::Error(types::v1::ERROR_REASON_OVERLOADED,
                       "the service has more work than it can take")
      .RetryAfter(absl::Seconds(1));
}

absl::Status Call::CheckWanted() const {
  if (absl::Now() >= context_->deadline()) {
    return errors::Error(types::v1::ERROR_REASON_DEADLINE_PASSED,
                         "the deadline passed before the call was answered");
  }
  if (context_->cancelled()) {
    return errors::Error(types::v1::ERROR_REASON_CALL_CANCELLED, "the caller cancelled the call");
  }
  return absl::OkStatus();
}

absl::Status Call::Prepare(ParseFunction parse) {
  RETURN_IF_ERROR(Authorise());
  ASSIGN_OR_RETURN(request_, ParseOne(parse));
  RETURN_IF_ERROR(Validate(*request_));
  return IsRead(*method_.descriptor) ? absl::OkStatus()
                                     : environment_.limits.CheckMutation(*request_);
}

absl::StatusOr<runtime::Caller> Call::Identify(absl::Time now) const {
  return environment_.authenticator.Identify(
      credentials_, method_.descriptor->options().GetExtension(options::v1::policy), now,
      context_->deadline());
}

absl::Status Call::Authorise() {
  RETURN_IF_ERROR(CheckWanted());
  Limits& limits = environment_.limits;
  // Services pass on what others show them.
  const bool stranger = !credentials_.authorization.empty() && !credentials_.certified;
  if (stranger) {
    RETURN_IF_ERROR(limits.CheckCredentials(address_));
  }
  auto caller = Identify(context_->now());
  if (stranger && absl::IsUnauthenticated(caller.status())) {
    limits.CountBadCredentials(address_);
  }
  RETURN_IF_ERROR(caller.status());
  context_->SetCaller(*std::move(caller));
  // What is refused counts too: who tries every door is held up at the next.
  RETURN_IF_ERROR(limits.TakeCall(context_->caller(), address_));
  RETURN_IF_ERROR(
      environment_.authenticator.CheckNotRevoked(context_->caller(), context_->deadline()));
  RETURN_IF_ERROR(CheckPolicy(*method_.descriptor, context_->caller()));
  key_ = CallerKey(context_->caller(), address_);
  RETURN_IF_ERROR(limits.Begin(key_, is_stream()));
  begun_ = true;
  return absl::OkStatus();
}

absl::Status Call::CheckStill() {
  RETURN_IF_ERROR(CheckWanted());
  ASSIGN_OR_RETURN(const auto caller, Identify(environment_.clock.Now()));
  RETURN_IF_ERROR(CheckPolicy(*method_.descriptor, caller));
  return CheckSameGrant(context_->caller(), caller);
}

absl::StatusOr<std::unique_ptr<pb::Message>> Call::ParseOne(ParseFunction parse) const {
  const pb::Descriptor* type = method_.descriptor->input_type();
  std::unique_ptr<pb::Message> message(
      pb::MessageFactory::generated_factory()->GetPrototype(type)->New());
  if (!parse(*message)) {
    return errors::Error(types::v1::ERROR_REASON_MALFORMED,
                         absl::StrCat("the bytes are no ", type->name()));
  }
  return message;
}

absl::Status Call::Conclude(absl::Status status) {
  if (!status.ok() && errors::Info(status).reason().empty()) {
    LogFault(absl::StrCat("an error without a reason: ", absl::StatusCodeToString(status.code())));
    status = Fault();
  }
  const absl::Duration took = absl::Now() - start_;
  const auto labels = Labels(*method_.descriptor);
  Metrics().handling.Observe(labels, absl::ToDoubleSeconds(took));
  Metrics().handled.Add({labels[0], labels[1], labels[2], absl::StatusCodeToString(status.code())});
  if (status.ok() && request_ != nullptr && !IsRead(*method_.descriptor)) {
    environment_.limits.CountMutation(*request_);
  }
  if (errors::Is(status, types::v1::ERROR_REASON_OVERLOADED)) {
    LogOverload();
  } else if (errors::Is(status, types::v1::ERROR_REASON_RATE_LIMITED)) {
    LogLimited();
  } else if (!status.ok() || !IsRead(*method_.descriptor)) {
    LogEnd(status, took);
  }
  if (environment_.options.denied && IsDenial(status)) {
    environment_.options.denied(
        DenialOf(*context_, address_, *method_.descriptor, request_.get(), status));
  }
  // Not later: its caller may call again as soon as it has the answer.
  Leave();
  return status;
}

absl::Status Call::CountAnswer(int64_t bytes) {
  // Those of ours read what they asked for.
  if (!context_->caller().is(options::v1::ROLE_SERVICE)) {
    const bool done = !IsRead(*method_.descriptor);
    RETURN_IF_ERROR(environment_.limits.BeginAnswer(key_, bytes, done));
    answer_bytes_ = bytes;
  }
  return absl::OkStatus();
}

absl::Status Call::Fault() const {
  return errors::Error(types::v1::ERROR_REASON_INTERNAL_FAULT,
                       "the service failed; its log says more under the trace id")
      .With("trace_id", context_->trace().trace_id);
}

void Call::LogFault(const std::string& what) const {
  rpc::LogFault(*method_.descriptor, context_->trace().trace_id, what);
}

void Call::LogEnd(const absl::Status& status, absl::Duration took) const {
  log::Info("call", {{"method", context_->method()},
                     {"code", absl::StatusCodeToString(status.code())},
                     {"reason", status.ok() ? "" : errors::Info(status).reason()},
                     {"role", options::v1::Role_Name(context_->caller().role)},
                     {"ms", absl::StrCat(absl::ToInt64Milliseconds(took))},
                     {"trace_id", context_->trace().trace_id}});
}

void Call::LogOverload() {
  if (IsFirstThisSecond(environment_.overload_logged)) {
    log::Warning("overloaded", {{"in_flight", absl::StrCat(environment_.in_flight.load())},
                                {"queued", absl::StrCat(environment_.executor.queued())}});
  }
}

void Call::LogLimited() {
  environment_.limited.fetch_add(1, std::memory_order_relaxed);
  if (IsFirstThisSecond(environment_.limited_logged)) {
    log::Warning("callers beyond their limits",
                 {{"calls", absl::StrCat(environment_.limited.exchange(0))}});
  }
}

}  // namespace scharnier::rpc
