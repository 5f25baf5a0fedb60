#include "common/testing/raw_call.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/errors/errors.h"
#include "common/rpc/tls.h"
#include "common/testing/callers.h"
#include "google/rpc/status.pb.h"

namespace scharnier::testing {
namespace {

// Made once for each caller: they watch their files.
std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const RawCallOptions& options) {
  static auto* mutex = new absl::Mutex();
  static auto* made = new std::map<std::string, std::shared_ptr<grpc::ChannelCredentials>>();
  if (options.plaintext) {
    return grpc::InsecureChannelCredentials();
  }
  const rpc::TlsFiles tls = Callers::Get().Tls(options.caller);
  const absl::MutexLock lock(mutex);
  std::shared_ptr<grpc::ChannelCredentials>& credentials = (*made)[tls.certificate];
  if (credentials == nullptr) {
    credentials = rpc::ChannelCredentials(tls);
  }
  return credentials;
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address, const RawCallOptions& options) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  args.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);  // no window grows: what nobody reads stays away
  return grpc::CreateCustomChannel(address, CredentialsOf(options), args);
}

}  // namespace

struct RawCall::State {
  State(const std::string& address, const RawCallOptions& options)
      : channel(Connect(address, options)), stub(channel) {}

  // Waits for the one operation that was begun.
  bool Wait() {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  }

  std::shared_ptr<grpc::Channel> channel;
  grpc::GenericStub stub;
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call;
  std::optional<absl::Status> end;
};

RawCall::RawCall(const std::string& address, const std::string& method, const std::string& request,
                 const RawCallOptions& options)
    : RawCall(address, method, options) {
  const grpc::Slice slice(request);
  const grpc::ByteBuffer bytes(&slice, 1);
  state_->call->WriteLast(bytes, grpc::WriteOptions(), nullptr);
  state_->Wait();
}

RawCall::RawCall(const std::string& address, const std::string& method,
                 const RawCallOptions& options)
    : state_(std::make_unique<State>(address, options)) {
  if (const std::string token = Callers::Get().Token(options.caller); !token.empty()) {
    state_->context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
  }
  for (const auto& [key, value] : options.metadata) {
    state_->context.AddMetadata(key, value);
  }
  if (options.deadline != absl::InfiniteDuration()) {
    state_->context.set_deadline(absl::ToChronoTime(absl::Now() + options.deadline));
  }
  if (options.gzip) {
    state_->context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  }
  state_->call =
      state_->stub.PrepareCall(&state_->context, absl::StrCat("/", method), &state_->queue);
  state_->call->StartCall(nullptr);
  state_->Wait();
}

RawCall::~RawCall() {
  Cancel();
  Finish().IgnoreError();
  state_->queue.Shutdown();
  state_->Wait();
}

bool RawCall::Write(const std::string& message) {
  const grpc::Slice slice(message);
  const grpc::ByteBuffer bytes(&slice, 1);
  state_->call->Write(bytes, nullptr);
  return state_->Wait();
}

void RawCall::EndWrites() {
  state_->call->WritesDone(nullptr);
  state_->Wait();
}

std::optional<std::string> RawCall::Read() {
  grpc::ByteBuffer bytes;
  state_->call->Read(&bytes, nullptr);
  if (!state_->Wait()) {
    return std::nullopt;
  }
  std::vector<grpc::Slice> slices;
  std::string text;
  if (bytes.Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) {
      text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
  }
  return text;
}

void RawCall::Cancel() { state_->context.TryCancel(); }

absl::Status RawCall::Finish() {
  if (state_->end.has_value()) {
    return *state_->end;
  }
  while (Read().has_value()) {
  }
  grpc::Status status;
  state_->call->Finish(&status, nullptr);
  state_->Wait();
  google::rpc::Status proto;
  if (!status.error_details().empty() && proto.ParseFromString(status.error_details())) {
    state_->end = errors::FromProto(proto);
  } else {
    state_->end =
        absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  }
  return *state_->end;
}

}  // namespace scharnier::testing
