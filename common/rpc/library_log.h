// File: library_log.h
// What gRPC and protobuf would print to standard error by themselves, which is for log lines alone.

#ifndef SCHARNIER_COMMON_RPC_LIBRARY_LOG_H_
#define SCHARNIER_COMMON_RPC_LIBRARY_LOG_H_

namespace scharnier::rpc {

// Makes log lines of gRPC's errors, but for names that clients ask for, and protobuf's fatal ones,
// and drops the rest: protobuf tells of every malformed message, which is answered anyway. For the
// whole process; may be called again.
void RouteLibraryLogs();

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_LIBRARY_LOG_H_
