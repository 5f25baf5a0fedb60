// File: host.h
// The process around a service's methods, the same for all: settings, log, metrics, database, feed,
// jobs, servers, drain.
//
//   events serve    --address=… --database-url=… --audit-database-url=… --keyring-file=… --tls-…
//                                                                   runs until SIGTERM
//   events migrate  --database-url=… (the owner's)                  brings the schema up to date
//   events new-keyring                                              prints a fresh keyring file
//
// Exit codes: 0 drained, 1 trouble, 2 bad settings.

#ifndef SCHARNIER_COMMON_HOST_HOST_H_
#define SCHARNIER_COMMON_HOST_HOST_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/db/migrate.h"
#include "common/jobs/jobs.h"
#include "common/rpc/service_table.h"
#include "common/rpc/tls_files.h"
#include "common/runtime/clock.h"
#include "common/runtime/config.h"
#include "common/runtime/executor.h"
#include "common/runtime/keyring.h"

namespace scharnier::host {

// What a service is built with; all of it outlives the service.
struct Host {
  const runtime::Clock& clock;
  const runtime::Keyring& keyring;
  runtime::Executor& executor;
  db::Database& database;
  jobs::Runner& jobs;  // timers are added while building
  // What clients of other services show.
  std::optional<rpc::TlsFiles> tls = {};
};

// A service that has been built: its tables of methods, and whatever they and its own threads need.
// The object is destroyed after the last call has ended and the executor has stopped.
struct Service {
  std::vector<rpc::ServiceTable> tables;
  std::shared_ptr<void> object;
};

struct ServiceSpec {
  std::string name;  // "events": also the schema; svc_events and audit_events are the roles
  std::vector<db::Migration> migrations;
  // Reads settings of its own; may be empty.
  std::function<void(runtime::ConfigReader&, bool simulated)> configure;
  // Builds the service and starts what it runs by itself.
  std::function<Service(Host&)> build;
  // The pattern of what action tokens open here: it has an ActionTokenService. Empty: nothing.
  std::string action_resources = {};
};

// Runs the process and returns its exit code.
int Run(int argc, char** argv, const ServiceSpec& spec);

}  // namespace scharnier::host

#endif  // SCHARNIER_COMMON_HOST_HOST_H_
