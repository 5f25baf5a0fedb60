#include "common/rpc/adapter.h"

#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>

#include <exception>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/collect_reactor.h"
#include "common/rpc/stream_reactor.h"
#include "common/rpc/wire.h"

namespace scharnier::rpc {
namespace {

using grpc::ByteBuffer;
using grpc::internal::RpcMethod;

// A unary call. gRPC keeps context, request and response until OnDone; after Finish nothing here
// touches them.
class UnaryReactor final : public grpc::ServerUnaryReactor {
 public:
  UnaryReactor(CallEnvironment& environment, const ServiceTable::Method& method,
               const grpc::CallbackServerContext& context, const ByteBuffer& request,
               ByteBuffer& response)
      : call_(environment, method, ReadArrival(context)), request_(request), response_(response) {
    absl::Status admitted = call_.Admit([this] { Run(); });
    if (!admitted.ok()) {
      Answer(std::move(admitted), nullptr);
    }
  }

 private:
  // The method's `done`: answers once, also when the method drops it, so that no call hangs.
  class Done {
   public:
    explicit Done(UnaryReactor* reactor) : reactor_(reactor) {}
    Done(Done&& other) noexcept : reactor_(std::exchange(other.reactor_, nullptr)) {}
    Done& operator=(Done&&) = delete;
    ~Done() {
      if (reactor_ != nullptr) {
        reactor_->call_.LogFault("the method gave no answer");
        reactor_->Answer(reactor_->call_.Fault(), nullptr);
      }
    }
    void operator()(absl::Status status, const google::protobuf::Message* response) {
      if (UnaryReactor* reactor = std::exchange(reactor_, nullptr); reactor != nullptr) {
        reactor->Answer(std::move(status), response);
      }
    }

   private:
    UnaryReactor* reactor_;
  };

  void Run() {
    Done done(this);
    // The call may be gone when an exception arrives. What it says can quote input: its type has to
    // do.
    const std::string trace_id = call_.context().trace().trace_id;
    const ServiceTable::Method& method = call_.method();
    try {
      absl::Status status =
          call_.Prepare([this](google::protobuf::Message& m) { return Parse(request_, m); });
      if (status.ok()) {
        method.unary(call_.context(), call_.request(), std::move(done));
      } else {
        done(std::move(status), nullptr);
      }
    } catch (const std::exception& e) {
      LogFault(*method.descriptor, trace_id, absl::StrCat("exception ", typeid(e).name()));
    } catch (...) {
      LogFault(*method.descriptor, trace_id, "exception of unknown type");
    }
  }

  void Answer(absl::Status status, const google::protobuf::Message* response) {
    // A long poll can outlive the grant of a team.
    if (status.ok() && call_.context().caller().is(options::v1::ROLE_TEAM)) {
      status = call_.CheckStill();
    }
    if (status.ok() && !Serialise(*response, response_)) {
      call_.LogFault("an answer that is too large");
      status = call_.Fault();
    }
    if (status.ok()) {
      status = call_.CountAnswer(static_cast<int64_t>(response_.Length()));
    }
    if (!status.ok()) {
      response_.Clear();  // gRPC keeps it
    }
    Finish(ToGrpc(call_.Conclude(std::move(status))));
  }

  void OnCancel() override { call_.context().Cancel(); }
  void OnDone() override { delete this; }

  Call call_;
  const ByteBuffer& request_;
  ByteBuffer& response_;
};

class TableService final : public grpc::Service {
 public:
  TableService(const ServiceTable& table, CallEnvironment& environment) {
    paths_.reserve(table.methods().size());  // gRPC keeps pointers to the names
    for (const ServiceTable::Method& method : table.methods()) {
      paths_.push_back(
          absl::StrCat("/", table.descriptor()->full_name(), "/", method.descriptor->name()));
      const int index = static_cast<int>(paths_.size()) - 1;
      if (method.stream) {
        AddMethod(new grpc::internal::RpcServiceMethod(paths_.back().c_str(),
                                                       RpcMethod::SERVER_STREAMING, nullptr));
        MarkMethodRawCallback(
            index, new grpc::internal::CallbackServerStreamingHandler<ByteBuffer, ByteBuffer>(
                       [&method, &environment](grpc::CallbackServerContext* context,
                                               const ByteBuffer* request) {
                         return StartStream(environment, method, *context, *request);
                       }));
      } else if (method.collect) {
        AddMethod(new grpc::internal::RpcServiceMethod(paths_.back().c_str(),
                                                       RpcMethod::CLIENT_STREAMING, nullptr));
        MarkMethodRawCallback(
            index, new grpc::internal::CallbackClientStreamingHandler<ByteBuffer, ByteBuffer>(
                       [&method, &environment](grpc::CallbackServerContext* context,
                                               ByteBuffer* response) {
                         return StartCollecting(environment, method, *context, *response);
                       }));
      } else {
        AddMethod(new grpc::internal::RpcServiceMethod(paths_.back().c_str(), RpcMethod::NORMAL_RPC,
                                                       nullptr));
        MarkMethodRawCallback(
            index, new grpc::internal::CallbackUnaryHandler<ByteBuffer, ByteBuffer>(
                       [&method, &environment](grpc::CallbackServerContext* context,
                                               const ByteBuffer* request, ByteBuffer* response) {
                         return new UnaryReactor(environment, method, *context, *request,
                                                 *response);
                       }));
      }
    }
  }

 private:
  std::vector<std::string> paths_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeService(const ServiceTable& table,
                                           CallEnvironment& environment) {
  return std::make_unique<TableService>(table, environment);
}

}  // namespace scharnier::rpc
