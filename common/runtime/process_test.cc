#include "common/runtime/process.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <thread>

#include "gmock/gmock.h"

namespace scharnier::runtime {
namespace {

// The exit code of a process of its own that runs `body`: signals and limits are for the process.
int InAProcess(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    _exit(body());
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  return WEXITSTATUS(status);
}

TEST(WaitForShutdown, ReturnsTheSignal) {
  for (const int signal : {SIGTERM, SIGINT}) {
    EXPECT_EQ(InAProcess([&] {
                BlockSignals();
                kill(getpid(), signal);
                return WaitForShutdown();
              }),
              signal);
  }
}

TEST(WaitForShutdown, ReturnsZeroForARequestFromAnyThread) {
  EXPECT_EQ(InAProcess([] {
              BlockSignals();
              std::thread thread(RequestShutdown);
              const int signal = WaitForShutdown();
              thread.join();
              return signal;
            }),
            0);
}

TEST(WaitForShutdown, TakesNoForeignSignalForARequest) {
  EXPECT_EQ(InAProcess([] {
              BlockSignals();
              kill(getpid(), SIGUSR1);
              std::thread thread([] {
                // Once the foreign signal was taken in, the real one is all that is left.
                sigset_t pending;
                do {
                  sigpending(&pending);
                } while (sigismember(&pending, SIGUSR1) != 0);
                kill(getpid(), SIGTERM);
              });
              const int signal = WaitForShutdown();
              thread.join();
              return signal;
            }),
            SIGTERM);
}

TEST(BlockSignals, LetsWritesToAClosedPipeFail) {
  EXPECT_EQ(InAProcess([] {
              BlockSignals();
              int ends[2];
              if (pipe(ends) != 0 || close(ends[0]) != 0) {
                return 1;
              }
              return write(ends[1], "x", 1) == -1 ? 0 : 2;
            }),
            0);
}

TEST(RaiseDescriptorLimit, RaisesTheSoftLimitToTheHardOne) {
  EXPECT_EQ(InAProcess([] {
              rlimit limit{64, 200};
              setrlimit(RLIMIT_NOFILE, &limit);
              if (RaiseDescriptorLimit() != 200) {
                return 1;
              }
              getrlimit(RLIMIT_NOFILE, &limit);
              return limit.rlim_cur == 200 ? 0 : 2;
            }),
            0);
}

}  // namespace
}  // namespace scharnier::runtime
