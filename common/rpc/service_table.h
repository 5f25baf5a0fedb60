// File: service_table.h
// The table of a gRPC service's methods: plain functions over messages, without gRPC.
//
//   rpc::ServiceTable table("scharnier.events.v1.SessionService");
//   table.Unary<pb::GetSessionRequest, pb::Session>("GetSession", [this](auto& ctx, auto& req) {
//   return GetSession(ctx, req); });
//
// The adapter does for every method, in this order: admission, deadline, caller, policy, parsing,
// validation; then the function; then log line, metrics, and a barrier for exceptions. Functions
// run on the executor and may block.

#ifndef SCHARNIER_COMMON_RPC_SERVICE_TABLE_H_
#define SCHARNIER_COMMON_RPC_SERVICE_TABLE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/runtime/context.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace scharnier::rpc {

// Answers a call, once, from any thread.
template <class Response>
using Done = absl::AnyInvocable<void(absl::StatusOr<Response>)>;

// What a server stream does next.
struct StreamStep {
  std::unique_ptr<google::protobuf::Message> message;  // written, if any
  absl::Duration pause =
      absl::ZeroDuration();  // then asked again after this long; no thread is held meanwhile
  bool end = false;          // the stream ends well
};
// A server stream in slices; destroyed when the stream has ended or the caller is gone.
class ServerStream {
 public:
  virtual ~ServerStream() = default;
  virtual absl::StatusOr<StreamStep> Next(const runtime::Context& ctx) = 0;
};

// A client stream: takes its messages one after another, then answers. Destroyed when the call has
// ended, however it did.
template <class Request, class Response>
class Collector {
 public:
  virtual ~Collector() = default;
  // The next message as it came: it is up to the method what a bad one means, since a bad row need
  // not end an import. rpc::Validate checks it.
  virtual absl::Status Take(const runtime::Context& ctx, Request& message) = 0;
  // The answer, after the last message. A stream that was cut can look as if it had ended: whoever
  // only writes here needs the caller to say how much there is.
  virtual absl::StatusOr<Response> End(const runtime::Context& ctx) = 0;
};
// The same without types, for the adapter.
class ClientStream {
 public:
  virtual ~ClientStream() = default;
  virtual absl::Status Take(const runtime::Context& ctx, google::protobuf::Message& message) = 0;
  virtual absl::StatusOr<std::unique_ptr<google::protobuf::Message>> End(
      const runtime::Context& ctx) = 0;
};

class ServiceTable {
 public:
  // `full_name` is that of a service of the protos linked in: anything else ends the process.
  explicit ServiceTable(const std::string& full_name);

  template <class Request, class Response>
  void Unary(
      const std::string& method,
      std::function<absl::StatusOr<Response>(const runtime::Context&, const Request&)> function) {
    Async<Request, Response>(method, [function = std::move(function)](
                                         const runtime::Context& ctx, const Request& request,
                                         Done<Response> done) { done(function(ctx, request)); });
  }
  // A method that answers later, such as one whose calls are batched. Context and request live
  // until `done` was called.
  template <class Request, class Response>
  void Async(
      const std::string& method,
      std::function<void(const runtime::Context&, const Request&, Done<Response>)> function) {
    Add(method, Request::descriptor(), Response::descriptor(),
        [function = std::move(function)](const runtime::Context& ctx,
                                         const google::protobuf::Message& request, AnyDone done) {
          function(ctx, static_cast<const Request&>(request),
                   [done = std::move(done)](absl::StatusOr<Response> response) mutable {
                     if (response.ok()) {
                       done(absl::OkStatus(), &*response);
                     } else {
                       done(response.status(), nullptr);
                     }
                   });
        });
  }
  template <class Request>
  void Stream(const std::string& method,
              std::function<absl::StatusOr<std::unique_ptr<ServerStream>>(const runtime::Context&,
                                                                          const Request&)>
                  open) {
    AddStream(method, Request::descriptor(),
              [open = std::move(open)](const runtime::Context& ctx,
                                       const google::protobuf::Message& request) {
                return open(ctx, static_cast<const Request&>(request));
              });
  }

  template <class Request, class Response>
  void Collect(const std::string& method,
               std::function<absl::StatusOr<std::unique_ptr<Collector<Request, Response>>>(
                   const runtime::Context&)>
                   open) {
    using Typed = std::unique_ptr<Collector<Request, Response>>;
    class Stream final : public ClientStream {
     public:
      explicit Stream(Typed collector) : collector_(std::move(collector)) {}
      absl::Status Take(const runtime::Context& ctx, google::protobuf::Message& message) override {
        return collector_->Take(ctx, static_cast<Request&>(message));
      }
      absl::StatusOr<std::unique_ptr<google::protobuf::Message>> End(
          const runtime::Context& ctx) override {
        absl::StatusOr<Response> response = collector_->End(ctx);
        if (!response.ok()) {
          return response.status();
        }
        return std::make_unique<Response>(*std::move(response));
      }

     private:
      const Typed collector_;
    };
    AddCollect(method, Request::descriptor(), Response::descriptor(),
               [open = std::move(open)](
                   const runtime::Context& ctx) -> absl::StatusOr<std::unique_ptr<ClientStream>> {
                 absl::StatusOr<Typed> collector = open(ctx);
                 if (!collector.ok()) {
                   return collector.status();
                 }
                 return std::make_unique<Stream>(*std::move(collector));
               });
  }

  // Type-erased, for the adapter.
  using AnyDone = absl::AnyInvocable<void(absl::Status, const google::protobuf::Message*)>;
  using AnyUnary =
      std::function<void(const runtime::Context&, const google::protobuf::Message&, AnyDone)>;
  using AnyStream = std::function<absl::StatusOr<std::unique_ptr<ServerStream>>(
      const runtime::Context&, const google::protobuf::Message&)>;
  using AnyCollect =
      std::function<absl::StatusOr<std::unique_ptr<ClientStream>>(const runtime::Context&)>;
  struct Method {
    const google::protobuf::MethodDescriptor* descriptor;
    AnyUnary unary;  // one of the three
    AnyStream stream;
    AnyCollect collect;
  };
  const google::protobuf::ServiceDescriptor* descriptor() const { return descriptor_; }
  const std::vector<Method>& methods() const { return methods_; }

 private:
  // A method that the service does not have, or with other types, ends the process.
  void Add(const std::string& method, const google::protobuf::Descriptor* request,
           const google::protobuf::Descriptor* response, AnyUnary function);
  void AddStream(const std::string& method, const google::protobuf::Descriptor* request,
                 AnyStream open);
  void AddCollect(const std::string& method, const google::protobuf::Descriptor* request,
                  const google::protobuf::Descriptor* response, AnyCollect open);

  const google::protobuf::ServiceDescriptor* descriptor_;
  std::vector<Method> methods_;
};

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_SERVICE_TABLE_H_
