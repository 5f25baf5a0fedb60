#include "common/rpc/collect_reactor.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/rpc/wire.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using grpc::ByteBuffer;

// Between its messages a stream waits: then the next message, or the idle timer, goes on with it,
// whichever is first. Timers cannot be taken back, so they hold the reactor weakly.
class CollectReactor final : public grpc::ServerReadReactor<ByteBuffer>,
                             public std::enable_shared_from_this<CollectReactor> {
 public:
  CollectReactor(CallEnvironment& environment, const ServiceTable::Method& method,
                 const grpc::CallbackServerContext& context, ByteBuffer& response)
      : call_(environment, method, ReadArrival(context)), response_(response) {}

  void Start() {
    self_ = shared_from_this();
    absl::Status admitted = call_.Admit([this] { Open(); });
    if (!admitted.ok()) {
      End(std::move(admitted));
    }
  }

 private:
  void Open() {
    absl::Status status = call_.Guarded([this]() -> absl::Status {
      RETURN_IF_ERROR(call_.Authorise());
      ASSIGN_OR_RETURN(stream_, call_.method().collect(call_.context()));
      return absl::OkStatus();
    });
    if (!status.ok()) {
      End(std::move(status));
      return;
    }
    // A proxy gives up what no service has taken, and only the caller knows how long this will be.
    StartSendInitialMetadata();
    Watch(call_.environment().options.idle_stream);
    Await();
  }

  // Asks for the next message. The timer may end the stream as soon as the lock is free.
  void Await() {
    const auto keep = shared_from_this();
    const absl::MutexLock lock(&mutex_);
    since_ = absl::Now();
    waiting_ = true;
    StartRead(&bytes_);
  }

  void OnReadDone(bool ok) override {
    {
      const absl::MutexLock lock(&mutex_);
      if (!std::exchange(waiting_, false)) {
        return;  // the timer has ended the stream
      }
    }
    call_.environment().executor.Submit([this, ok] { ok ? Take() : Answer(); });
  }

  void Take() {
    absl::Status status = call_.Guarded([this]() -> absl::Status {
      RETURN_IF_ERROR(call_.CheckStill());
      ASSIGN_OR_RETURN(const auto message, call_.ParseOne([this](google::protobuf::Message& m) {
        return Parse(bytes_, m);
      }));
      return stream_->Take(call_.context(), *message);
    });
    if (!status.ok()) {
      End(std::move(status));
      return;
    }
    Await();
  }

  void Answer() {
    End(call_.Guarded([this]() -> absl::Status {
      RETURN_IF_ERROR(call_.CheckWanted());
      ASSIGN_OR_RETURN(const auto response, stream_->End(call_.context()));
      if (response->GetDescriptor() != call_.method().descriptor->output_type() ||
          !Serialise(*response, response_)) {
        call_.LogFault("an answer of another type, or too large");
        return call_.Fault();
      }
      return absl::OkStatus();
    }));
  }

  // Looks after `delay` whether the caller has gone quiet.
  void Watch(absl::Duration delay) {
    call_.environment().executor.SubmitAfter(delay, [weak = weak_from_this()] {
      if (const std::shared_ptr<CollectReactor> stream = weak.lock()) {
        stream->CheckIdle();
      }
    });
  }
  void CheckIdle() {
    const absl::Duration idle = call_.environment().options.idle_stream;
    absl::Duration left;
    {
      const absl::MutexLock lock(&mutex_);
      // While a message is being handled nobody is idle.
      left = waiting_ ? std::min(since_ + idle, call_.context().deadline()) - absl::Now() : idle;
      if (left <= absl::ZeroDuration()) {
        waiting_ = false;
      }
    }
    if (left > absl::ZeroDuration()) {
      Watch(left);
      return;
    }
    End(errors::Error(types::v1::ERROR_REASON_DEADLINE_PASSED,
                      "nothing more came of the stream in time"));
  }

  // The last to touch the reactor.
  void End(absl::Status status) {
    stream_.reset();
    Finish(ToGrpc(call_.Conclude(std::move(status))));
  }

  void OnCancel() override { call_.context().Cancel(); }
  void OnDone() override { self_.reset(); }

  Call call_;
  ByteBuffer& response_;
  std::unique_ptr<ClientStream> stream_;
  ByteBuffer bytes_;  // being read
  absl::Mutex mutex_;
  bool waiting_ ABSL_GUARDED_BY(mutex_) = false;  // for the next message
  absl::Time since_ ABSL_GUARDED_BY(mutex_);      // when that began
  std::shared_ptr<CollectReactor> self_;
};

}  // namespace

grpc::ServerReadReactor<ByteBuffer>* StartCollecting(CallEnvironment& environment,
                                                     const ServiceTable::Method& method,
                                                     const grpc::CallbackServerContext& context,
                                                     ByteBuffer& response) {
  auto reactor = std::make_shared<CollectReactor>(environment, method, context, response);
  reactor->Start();
  return reactor.get();
}

}  // namespace scharnier::rpc
