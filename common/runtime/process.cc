#include "common/runtime/process.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <csignal>

namespace scharnier::runtime {
namespace {

// Wakes WaitForShutdown(), which waits for nothing but signals.
constexpr int kWakeUp = SIGUSR1;

std::atomic<bool> shutdown_requested{false};

sigset_t Waited() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, kWakeUp}) {
    sigaddset(&signals, signal);
  }
  return signals;
}

}  // namespace

void BlockSignals() {
  const sigset_t signals = Waited();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int WaitForShutdown() {
  const sigset_t signals = Waited();
  while (!shutdown_requested.load()) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != kWakeUp) {
      return signal;
    }
  }
  return 0;
}

void RequestShutdown() {
  shutdown_requested.store(true);
  kill(getpid(), kWakeUp);
}

int RaiseDescriptorLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, INT_MAX));
}

}  // namespace scharnier::runtime
