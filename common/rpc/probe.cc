#include "common/rpc/probe.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/rpc/tls.h"
#include "common/runtime/log.h"

namespace scharnier::rpc {
namespace {

constexpr int kMostFailures = 3;

// Where the process reaches itself when it listens on every address.
std::string Reachable(absl::string_view address) {
  if (absl::ConsumePrefix(&address, "0.0.0.0:")) {
    return absl::StrCat("127.0.0.1:", address);
  }
  if (absl::ConsumePrefix(&address, "[::]:")) {
    return absl::StrCat("[::1]:", address);
  }
  return std::string(address);
}

}  // namespace

bool CanConnect(const std::string& address, bool tls, absl::Duration timeout) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // no connection that is open already
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  const auto channel = grpc::CreateCustomChannel(Reachable(address), ProbeCredentials(tls), args);
  return channel->WaitForConnected(absl::ToChronoTime(absl::Now() + timeout));
}

SelfProbe::SelfProbe(absl::Duration interval, std::function<bool()> connect,
                     std::function<void()> give_up)
    : interval_(interval),
      connect_(std::move(connect)),
      give_up_(std::move(give_up)),
      ticker_([this] { return Tick(); }) {}

absl::Duration SelfProbe::Tick() {
  if (!std::exchange(started_, true)) {
    return interval_;
  }
  if (connect_()) {
    failures_ = 0;
    return interval_;
  }
  ++failures_;
  log::Warning("cannot connect to the own port", {{"failures", absl::StrCat(failures_)}});
  if (failures_ < kMostFailures) {
    return interval_;
  }
  log::Error("the own port is deaf: ending, to be started again");
  deaf_.store(true);
  give_up_();
  return absl::InfiniteDuration();
}

}  // namespace scharnier::rpc
