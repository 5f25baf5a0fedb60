#include "common/host/host.h"

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/changes/audit.h"
#include "common/changes/denials.h"
#include "common/changes/feed.h"
#include "common/errors/macros.h"
#include "common/host/action_tokens.h"
#include "common/host/security.h"
#include "common/jobs/house_jobs.h"
#include "common/rpc/server.h"
#include "common/runtime/log.h"
#include "common/runtime/metrics.h"
#include "common/runtime/process.h"
#include "common/types/civil.h"

namespace scharnier::host {
namespace {

constexpr int kDrained = 0;
constexpr int kTrouble = 1;
constexpr int kBadSettings = 2;

// The audit trail is read seldom.
constexpr int kAuditPool = 2;

// The settings that every service has.
struct Settings {
  std::string clock_file;
  std::string metrics_address;
  std::string keyring;
  int64_t threads = 0;
  absl::Duration keep_changes;
  db::DatabaseOptions database, audit;
  SecuritySettings security;
  rpc::ServerOptions server;
};

int ReadCount(runtime::ConfigReader& reader, const std::string& name, const std::string& help,
              int fallback, int least) {
  return static_cast<int>(
      reader.Int(name, {.help = help, .fallback = fallback, .min = least, .max = 1'000'000}));
}

rpc::LimitOptions ReadLimits(runtime::ConfigReader& reader) {
  rpc::LimitOptions limits;
  limits.caller = {
      ReadCount(reader, "caller-rate", "calls of a caller a second; 0: no limit", 50, 0),
      ReadCount(reader, "caller-burst", "and at once, after a pause", 200, 1)};
  limits.organisation = {
      ReadCount(reader, "organisation-rate", "mutations of an organisation a second; 0: no limit",
                20, 0),
      ReadCount(reader, "organisation-burst", "and at once, after a pause", 100, 1)};
  limits.calls =
      ReadCount(reader, "caller-calls", "calls of a caller in flight; 0: no limit", 100, 0);
  limits.streams =
      ReadCount(reader, "caller-streams", "open streams of a caller; 0: no limit", 10, 0);
  return limits;
}

std::string ReadDatabaseUrl(runtime::ConfigReader& reader, const std::string& flag,
                            const char* user) {
  const std::string form = absl::StrCat("postgresql://", user, "@host:port/database, no password");
  std::string url = reader.Required(flag, form);
  if (!url.empty() && !db::IsUrl(url)) {
    reader.Problem(absl::StrCat("--", flag, ": has to be ", form));
  }
  return url;
}

Settings ReadServeSettings(runtime::ConfigReader& reader, const ServiceSpec& spec) {
  Settings s;
  s.server.address = reader.String("address", "address of the API", "127.0.0.1:50051");
  s.server.health_address =
      reader.String("health-address", "address of grpc.health.v1, in plaintext", "127.0.0.1:50052");
  s.metrics_address =
      reader.String("metrics-address", "address of /metrics; empty serves none", "");
  s.database.url = ReadDatabaseUrl(reader, "database-url", "role");
  s.database.password = reader.LiveSecret("database-password", "password of the service's role");
  s.database.schema = spec.name;
  s.database.pool_size = static_cast<int>(reader.Int(
      "pool-size", {.help = "database connections", .fallback = 8, .min = 1, .max = 200}));
  s.audit.url = ReadDatabaseUrl(reader, "audit-database-url", "audit-role");
  s.audit.password = reader.LiveSecret("audit-database-password",
                                       "password of the role that reads the audit trail");
  s.audit.schema = spec.name;
  s.audit.pool_size = kAuditPool;
  s.keyring = reader.Secret("keyring", "keyring; `new-keyring` prints one", /*required=*/true);
  s.clock_file = reader.String(
      "clock-file", "file that holds the instant to live at, for demonstrations; empty: real time",
      "");
  s.threads = reader.Int("threads",
                         {.help = "threads that run calls", .fallback = 16, .min = 1, .max = 500});
  s.keep_changes = reader.Duration("keep-changes", "how long the feed keeps changes for followers",
                                   absl::Hours(24 * 90));
  s.security = ReadSecurity(reader);
  s.server.tls = s.security.tls;
  s.server.limits = ReadLimits(reader);
  s.server.reflection = reader.Bool("reflection", "serve gRPC reflection");
  s.server.default_deadline = reader.Duration("default-deadline", "deadline of a call without one",
                                              s.server.default_deadline);
  s.server.idle_stream = reader.Duration("idle-stream", "how long a client stream may send nothing",
                                         s.server.idle_stream);
  s.server.connection_age = reader.Duration(
      "connection-age", "age at which connections are asked to go", s.server.connection_age);
  s.server.drain =
      reader.Duration("drain", "how long running calls have after SIGTERM", s.server.drain);
  s.server.probe_interval = reader.Duration(
      "probe-interval", "how often the process connects to itself", s.server.probe_interval);
  s.server.probe_timeout = reader.Duration("probe-timeout", "how long such a connection may take",
                                           s.server.probe_timeout);
  return s;
}

// Reports every problem of the settings; OK means go on.
absl::Status FinishReading(runtime::ConfigReader& reader) {
  absl::Status status = reader.Finish();
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  }
  return status;
}

int Migrate(runtime::ConfigReader& reader, const ServiceSpec& spec) {
  db::MigrateOptions options;
  options.url = ReadDatabaseUrl(reader, "database-url", "owner");
  options.password = reader.LiveSecret("database-password", "password of the owner of the schema");
  options.wait = reader.Duration("wait", "how long to wait for a database that cannot be reached",
                                 options.wait);
  options.role = reader.String("role", "the service's role, which has to exist",
                               absl::StrCat("svc_", spec.name));
  options.audit_role =
      reader.String("audit-role", "the role that reads its audit trail, which has to exist",
                    absl::StrCat("audit_", spec.name));
  options.schema = spec.name;
  if (reader.wants_help()) {
    std::printf("%s", reader.Help().c_str());
    return kDrained;
  }
  if (!FinishReading(reader).ok()) {
    return kBadSettings;
  }
  absl::Status status = db::Migrate(options, spec.migrations);
  if (!status.ok()) {
    log::Error("migration failed", {{"reason", std::string(status.message())}});
    return kTrouble;
  }
  log::Info("schema is up to date", {{"schema", options.schema}});
  return kDrained;
}

// A package's own service over shared messages: "scharnier.events.v1.AuditService".
rpc::ServiceTable HouseTable(const ServiceSpec& spec, const char* service) {
  return rpc::ServiceTable(absl::StrCat("scharnier.", spec.name, ".v1.", service));
}

int Serve(runtime::ConfigReader& reader, const ServiceSpec& spec) {
  Settings settings = ReadServeSettings(reader, spec);
  absl::StatusOr<std::unique_ptr<runtime::Clock>> clock = runtime::MakeClock(settings.clock_file);
  if (!clock.ok()) {
    reader.Problem(absl::StrCat("--clock-file: ", clock.status().message()));
  }
  if (spec.configure) {
    spec.configure(reader, !settings.clock_file.empty());
  }
  if (reader.wants_help()) {
    std::printf("%s", reader.Help().c_str());
    return kDrained;
  }
  absl::StatusOr<runtime::Keyring> keyring = runtime::Keyring::Parse(settings.keyring);
  if (!keyring.ok() && !settings.keyring.empty()) {
    reader.Problem(absl::StrCat("--keyring-file: ", keyring.status().message()));
  }
  auto grants = identity::Grants::Open(settings.security.grants_file);
  if (!grants.ok()) {
    reader.Problem(absl::StrCat("--grants-file: ", grants.status().message()));
  }
  if (!FinishReading(reader).ok()) {
    return kBadSettings;
  }

  log::Start(spec.name);
  types::Brussels();  // without time-zone data it ends here, not at the first deadline
  runtime::RaiseDescriptorLimit();
  runtime::BlockSignals();
  metrics::Gauge("process_start_time_seconds", "Start of the process, in seconds since 1970", {})
      .Set({}, static_cast<double>(absl::ToUnixSeconds(absl::Now())));
  std::unique_ptr<metrics::Endpoint> endpoint;
  if (!settings.metrics_address.empty()) {
    auto served = metrics::Serve(settings.metrics_address);
    if (!served.ok()) {
      log::Error("cannot serve metrics", {{"reason", std::string(served.status().message())}});
      return kTrouble;
    }
    endpoint = *std::move(served);
  }

  // Destroyed from the last to the first: the service may use all that stands above it.
  db::Database database(settings.database);
  db::Database audit_database(settings.audit);
  runtime::Executor executor(static_cast<int>(settings.threads), settings.server.max_in_flight);
  jobs::Runner jobs(database, **clock);
  jobs::AddHouseJobs(jobs, database, settings.keep_changes);
  changes::Feed feed(database, executor, {});
  ActionTokens action_tokens(database, *keyring, spec.action_resources);
  Security security(settings.security, **grants, *keyring,
                    std::bind_front(&ActionTokens::RevokedUntil, &action_tokens));
  Host host{**clock, *keyring, executor, database, jobs, settings.server.tls};
  Service service = spec.build(host);
  feed.AddTo(service.tables.emplace_back(HouseTable(spec, "ChangeService")));
  changes::AuditTrail audit_trail(audit_database, *keyring);
  audit_trail.AddTo(service.tables.emplace_back(HouseTable(spec, "AuditService")));
  changes::Denials denials(database, executor);
  settings.server.denied = [&](rpc::Denial denial) { denials.Add(std::move(denial)); };
  if (!spec.action_resources.empty()) {
    action_tokens.AddTo(service.tables.emplace_back(HouseTable(spec, "ActionTokenService")));
  }
  jobs.Start();

  // Looked at until it is: later, the calls alone need its connections.
  bool audit_is_ready = false;
  const auto ready = [&]() -> absl::Status {
    RETURN_IF_ERROR(database.Check((*clock)->simulated()));
    RETURN_IF_ERROR(db::CheckSchema(database, spec.migrations));
    if (!audit_is_ready) {
      RETURN_IF_ERROR(audit_database.Check((*clock)->simulated()));
      audit_is_ready = true;
    }
    return absl::OkStatus();
  };
  auto server = rpc::Server::Start(settings.server, std::move(service.tables), executor, **clock,
                                   security.authenticator(), ready);
  if (!server.ok()) {
    log::Error("cannot serve", {{"reason", std::string(server.status().message())}});
    jobs.Stop();
    executor.Stop();
    return kTrouble;
  }
  const int signal = runtime::WaitForShutdown();
  log::Info("draining", {{"signal", absl::StrCat(signal)}});
  feed.StopWaiting();
  security.Shutdown();
  (*server)->Drain();
  const bool deaf = (*server)->deaf();
  server->reset();
  jobs.Stop();
  // Nothing is queued any more; what is timed is dropped, so nothing reaches a service that is
  // gone.
  executor.Stop();
  service.object.reset();
  log::Info("drained");
  return deaf ? kTrouble : kDrained;
}

}  // namespace

int Run(int argc, char** argv, const ServiceSpec& spec) {
  runtime::ConfigReader reader(spec.name, {argv + 1, argv + argc});
  const std::string verb = reader.words().empty() ? "serve" : reader.words().front();
  if (verb == "new-keyring") {
    if (!FinishReading(reader).ok()) {
      return kBadSettings;
    }
    std::printf("%s", runtime::Keyring::Random().ToText().c_str());
    return kDrained;
  }
  if (verb == "migrate") {
    return Migrate(reader, spec);
  }
  if (verb == "serve") {
    return Serve(reader, spec);
  }
  std::fprintf(stderr, "%s: no verb `%s`; there are serve, migrate and new-keyring\n",
               spec.name.c_str(), verb.c_str());
  return kBadSettings;
}

}  // namespace scharnier::host
