#include "common/rpc/library_log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/runtime/log.h"

namespace scharnier::rpc {
namespace {

// Names that clients ask for are theirs to choose, in a line for each connection; the own probe
// asks for 127.0.0.1.
constexpr char kAnotherName[] = "No match found for server name";

void LogGrpc(gpr_log_func_args* args) {
  if (args->severity == GPR_LOG_SEVERITY_ERROR && !absl::StartsWith(args->message, kAnotherName)) {
    log::Warning("grpc", {{"what", std::string(args->message)},
                          {"at", absl::StrCat(args->file, ":", args->line)}});
  }
}

void LogProtobuf(google::protobuf::LogLevel level, const char* file, int line,
                 const std::string& message) {
  if (level == google::protobuf::LOGLEVEL_FATAL) {
    log::Error("protobuf", {{"what", message}, {"at", absl::StrCat(file, ":", line)}});
  }
}

}  // namespace

void RouteLibraryLogs() {
  gpr_set_log_function(LogGrpc);
  google::protobuf::SetLogHandler(LogProtobuf);
}

}  // namespace scharnier::rpc
