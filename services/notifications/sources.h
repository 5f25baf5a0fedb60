// File: sources.h
// The services that notifications reads: what happened, and, when a mail is written, what it tells
// of.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_SOURCES_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_SOURCES_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/rpc/client.h"
#include "common/runtime/context.h"

namespace scharnier::notifications {

// Where they are.
struct SourceTargets {
  std::string events, organisations, proposals;
};

// A client of each. Thread-safe.
struct Sources {
  // `tls` says that it is notifications who asks.
  Sources(const SourceTargets& targets, const std::optional<rpc::TlsFiles>& tls);
  // Ends calls that wait, before threads that call are joined.
  void Shutdown();

  rpc::Client events, organisations, proposals;
};

// Reads one resource by its name. Blocks. Errors: the method's own.
template <class Resource, class Request>
absl::StatusOr<Resource> Get(rpc::Client& client, const runtime::Context& ctx,
                             absl::string_view method, absl::string_view name) {
  Request request;
  request.set_name(std::string(name));
  return client.Call<Resource>(ctx, std::string(method), request);
}

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_SOURCES_H_
