#include "common/rpc/client.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "common/errors/errors.h"
#include "common/rpc/library_log.h"
#include "common/rpc/tls.h"
#include "common/rpc/wire.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

// What is left of the caller's time when we give up, to answer the caller.
constexpr absl::Duration kMargin = absl::Milliseconds(20);
constexpr absl::Duration kFirstBackoff = absl::Milliseconds(50);

std::shared_ptr<grpc::Channel> Connect(const ClientOptions& options) {
  grpc::ChannelArguments args;
  args.SetLoadBalancingPolicyName("round_robin");
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  args.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // gRPC's own goes up to two minutes: too long for a service that was restarted.
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1'000);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  return grpc::CreateCustomChannel(options.target, ChannelCredentials(options.tls), args);
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(ClientOptions options) : options_(std::move(options)), stub_(Connect(options_)) {}

  absl::Status Call(const runtime::Context& ctx, const std::string& method,
                    const google::protobuf::Message& request, absl::Duration timeout,
                    google::protobuf::Message& response);
  void Shutdown();

 private:
  absl::Status Attempt(const runtime::Context& ctx, const std::string& method,
                       const grpc::ByteBuffer& request, absl::Time deadline,
                       google::protobuf::Message& response);
  // False when the client was shut down meanwhile.
  bool Rest(int attempt);

  const ClientOptions options_;
  grpc::GenericStub stub_;
  absl::Mutex mutex_;
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<grpc::ClientContext*> running_ ABSL_GUARDED_BY(mutex_);
};

absl::Status Client::Impl::Call(const runtime::Context& ctx, const std::string& method,
                                const google::protobuf::Message& request, absl::Duration timeout,
                                google::protobuf::Message& response) {
  if (timeout == absl::InfiniteDuration()) {
    timeout = options_.timeout;
  }
  const absl::Time deadline = std::min(absl::Now() + timeout, ctx.deadline() - kMargin);
  grpc::ByteBuffer bytes;
  if (!Serialise(request, bytes)) {
    return errors::Error(types::v1::ERROR_REASON_INTERNAL_FAULT, "a request that is too large");
  }
  for (int attempt = 1;; ++attempt) {
    absl::Status status = Attempt(ctx, method, bytes, deadline, response);
    if (!absl::IsUnavailable(status) || attempt >= options_.attempts || absl::Now() >= deadline ||
        !Rest(attempt)) {
      return status;
    }
  }
}

absl::Status Client::Impl::Attempt(const runtime::Context& ctx, const std::string& method,
                                   const grpc::ByteBuffer& request, absl::Time deadline,
                                   google::protobuf::Message& response) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(deadline));
  if (!options_.token.empty()) {
    context.AddMetadata(kAuthorizationHeader, absl::StrCat("Bearer ", options_.token));
  }
  if (const std::string trace = ctx.trace().ToHeader(); !trace.empty()) {
    context.AddMetadata(kTraceHeader, trace);
  }
  {
    absl::MutexLock lock(&mutex_);
    if (shut_down_) {
      return FromGrpc(grpc::Status::CANCELLED, method);
    }
    running_.insert(&context);
  }
  grpc::ByteBuffer bytes;
  grpc::Status status;
  absl::Notification done;
  stub_.UnaryCall(&context, absl::StrCat("/", method), grpc::StubOptions(), &request, &bytes,
                  [&](grpc::Status end) {
                    status = std::move(end);
                    done.Notify();
                  });
  done.WaitForNotification();
  {
    absl::MutexLock lock(&mutex_);
    running_.erase(&context);
    // Nobody here ended it. gRPC's server, told to end, answers so what reaches it in that instant.
    if (status.error_code() == grpc::CANCELLED && !shut_down_ && absl::Now() < deadline) {
      status = grpc::Status(grpc::UNAVAILABLE, "the server dropped the call");
    }
  }
  if (!status.ok()) {
    return FromGrpc(status, method);
  }
  if (!Parse(bytes, response)) {
    return errors::Error(types::v1::ERROR_REASON_INTERNAL_FAULT,
                         absl::StrCat(method, " gave an answer that cannot be read"));
  }
  return absl::OkStatus();
}

bool Client::Impl::Rest(int attempt) {
  const absl::Duration longest = kFirstBackoff * (1 << std::min(attempt, 6));
  absl::BitGen random;
  absl::MutexLock lock(&mutex_);
  return !mutex_.AwaitWithTimeout(absl::Condition(&shut_down_),
                                  longest * absl::Uniform(random, 0.5, 1.0));
}

void Client::Impl::Shutdown() {
  absl::MutexLock lock(&mutex_);
  shut_down_ = true;
  for (grpc::ClientContext* context : running_) {
    context->TryCancel();
  }
}

Client::Client(ClientOptions options) {
  RouteLibraryLogs();
  impl_ = std::make_unique<Impl>(std::move(options));
}
Client::~Client() = default;

void Client::Shutdown() { impl_->Shutdown(); }

absl::Status Client::CallRaw(const runtime::Context& ctx, const std::string& method,
                             const google::protobuf::Message& request, absl::Duration timeout,
                             google::protobuf::Message& response) {
  return impl_->Call(ctx, method, request, timeout, response);
}

}  // namespace scharnier::rpc
