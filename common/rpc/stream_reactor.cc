#include "common/rpc/stream_reactor.h"

#include <atomic>
#include <memory>
#include <utility>

#include "common/errors/macros.h"
#include "common/rpc/wire.h"

namespace scharnier::rpc {
namespace {

using grpc::ByteBuffer;

// Between its slices a stream rests: then a timer, or its caller going away, wakes it. Timers
// cannot be taken back, so they hold the reactor weakly.
class StreamReactor final : public grpc::ServerWriteReactor<ByteBuffer>,
                            public std::enable_shared_from_this<StreamReactor> {
 public:
  StreamReactor(CallEnvironment& environment, const ServiceTable::Method& method,
                const grpc::CallbackServerContext& context, const ByteBuffer& request)
      : StreamReactor(environment, method, ReadArrival(context), request) {}

  void Start() {
    self_ = shared_from_this();
    absl::Status admitted = call_.Admit([this] { Open(); });
    if (!admitted.ok()) {
      End(std::move(admitted));
    }
  }

 private:
  StreamReactor(CallEnvironment& environment, const ServiceTable::Method& method,
                const Arrival& arrival, const ByteBuffer& request)
      : call_(environment, method, arrival), asked_(arrival.deadline), request_(request) {}

  void Open() {
    absl::Status status = call_.Guarded([this]() -> absl::Status {
      RETURN_IF_ERROR(
          call_.Prepare([this](google::protobuf::Message& m) { return Parse(request_, m); }));
      ASSIGN_OR_RETURN(stream_, call_.method().stream(call_.context(), call_.request()));
      return absl::OkStatus();
    });
    if (!status.ok()) {
      End(std::move(status));
      return;
    }
    Next();
  }

  void Next() {
    const bool over = call_.environment().draining.load(std::memory_order_relaxed) ||
                      (absl::Now() >= call_.context().deadline() && absl::Now() < asked_);
    absl::Status status = over ? absl::OkStatus() : call_.CheckStill();
    if (over || last_ || !status.ok()) {
      End(std::move(status));
      return;
    }
    StreamStep step;
    status = call_.Guarded([&]() -> absl::Status {
      ASSIGN_OR_RETURN(step, stream_->Next(call_.context()));
      if (step.message == nullptr) {
        return absl::OkStatus();
      }
      if (step.message->GetDescriptor() != call_.method().descriptor->output_type() ||
          !Serialise(*step.message, bytes_)) {
        call_.LogFault("a message of another type, or too large");
        return call_.Fault();
      }
      return absl::OkStatus();
    });
    if (!status.ok()) {
      End(std::move(status));
      return;
    }
    last_ = step.end;
    pause_ = step.pause;
    if (step.message != nullptr) {
      StartWrite(&bytes_);
    } else {
      Rest();
    }
  }

  void Rest() {
    if (last_ || pause_ <= absl::ZeroDuration()) {
      call_.environment().executor.Submit([this] { Next(); });
      return;
    }
    // From here on the caller's leaving may end the stream on another thread.
    const auto keep = shared_from_this();
    runtime::Executor& executor = call_.environment().executor;
    resting_.store(true);
    executor.SubmitAfter(pause_, [weak = weak_from_this()] {
      if (const std::shared_ptr<StreamReactor> stream = weak.lock()) {
        stream->Wake();
      }
    });
    // The caller may have gone before there was anything to wake.
    if (call_.context().cancelled()) {
      Wake();
    }
  }

  void Wake() {
    if (resting_.exchange(false)) {
      call_.environment().executor.Submit([this] { Next(); });
    }
  }

  // The last to touch the reactor.
  void End(absl::Status status) {
    stream_.reset();
    Finish(ToGrpc(call_.Conclude(std::move(status))));
  }

  void OnWriteDone(bool ok) override {
    if (!ok) {
      call_.context().Cancel();
    }
    Rest();
  }
  void OnCancel() override {
    call_.context().Cancel();
    Wake();
  }
  void OnDone() override { self_.reset(); }

  Call call_;
  const absl::Time asked_;  // the deadline that the caller set
  const ByteBuffer& request_;
  std::unique_ptr<ServerStream> stream_;
  ByteBuffer bytes_;  // being written
  absl::Duration pause_;
  bool last_ = false;
  std::atomic<bool> resting_{false};
  std::shared_ptr<StreamReactor> self_;
};

}  // namespace

grpc::ServerWriteReactor<ByteBuffer>* StartStream(CallEnvironment& environment,
                                                  const ServiceTable::Method& method,
                                                  const grpc::CallbackServerContext& context,
                                                  const ByteBuffer& request) {
  auto reactor = std::make_shared<StreamReactor>(environment, method, context, request);
  reactor->Start();
  return reactor.get();
}

}  // namespace scharnier::rpc
