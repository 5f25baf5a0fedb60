// File: process.h
// The process itself: signals, file descriptors.

#ifndef SCHARNIER_COMMON_RUNTIME_PROCESS_H_
#define SCHARNIER_COMMON_RUNTIME_PROCESS_H_

namespace scharnier::runtime {

// Blocks SIGTERM, SIGINT and SIGUSR1 (which RequestShutdown() uses) and ignores SIGPIPE, in this
// and all later threads. Call it first in main.
void BlockSignals();
// Waits for SIGTERM or SIGINT, or for RequestShutdown(). Returns the signal, 0 for a request.
int WaitForShutdown();
// Makes WaitForShutdown() return, from any thread: the process found that it cannot go on.
void RequestShutdown();

// Raises the soft limit of file descriptors to the hard one and returns it; gRPC 1.51 goes deaf
// where they run out.
int RaiseDescriptorLimit();

}  // namespace scharnier::runtime

#endif  // SCHARNIER_COMMON_RUNTIME_PROCESS_H_
