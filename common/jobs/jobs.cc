#include "common/jobs/jobs.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/jobs/sql/jobs.sql.h"
#include "common/runtime/log.h"
#include "common/runtime/metrics.h"
#include "common/runtime/trace.h"
#include "common/runtime/uuid.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::jobs {
namespace {

// How often the thread looks whether something is due.
constexpr std::chrono::seconds kTick(1);

struct LastRun {
  std::string name;
  std::optional<absl::Time> at;
};
LastRun LastRunFromRow(const db::Row& row) {
  return {row.Get<std::string>("name"), row.Maybe<absl::Time>("last_run")};
}

}  // namespace

class Runner::Impl {
 public:
  Impl(db::Database& database, const runtime::Clock& clock) : database_(database), clock_(clock) {}

  ~Impl() { Stop(); }

  void Stop() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
      if (running_ != nullptr) {
        running_->Cancel();
      }
    }
    wake_.notify_all();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  void Add(Job job) { jobs_.push_back(std::move(job)); }

  void Start() {
    thread_ = std::thread([this] { Loop(); });
  }

  absl::Status RunNow(const std::string& name) {
    const auto job = std::find_if(jobs_.begin(), jobs_.end(),
                                  [&](const Job& candidate) { return candidate.name == name; });
    if (job == jobs_.end()) {
      return errors::Error(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND, "there is no such job");
    }
    const runtime::Context ctx(ContextOf(*job));
    ASSIGN_OR_RETURN(const bool ran, RunIfFree(ctx, *job, absl::InfiniteFuture()));
    if (!ran) {
      return errors::Error(types::v1::ERROR_REASON_CONFLICT, "another replica is running the job");
    }
    return absl::OkStatus();
  }

 private:
  runtime::Context::Options ContextOf(const Job& job) const {
    // When the lease ends another replica may begin, so then this run has to have ended.
    return {.caller = {.role = options::v1::ROLE_SERVICE, .subject = "jobs", .email = ""},
            .now = clock_.Now(),
            .deadline = absl::Now() + job.lease,
            .method = job.name,
            .trace = runtime::StartSpan("")};
  }

  // Runs the job unless another run has it or it has begun after `begun_before`; whether it ran.
  // The job's own error, or that of the database.
  absl::StatusOr<bool> RunIfFree(const runtime::Context& ctx, const Job& job,
                                 absl::Time begun_before) {
    constexpr const db::Query& kAdd = db::Find(sql::kJobs, "AddJob");
    constexpr const db::Query& kClaim = db::Find(sql::kJobs, "ClaimJob");
    constexpr const db::Query& kRelease = db::Find(sql::kJobs, "ReleaseJob");
    const std::string run = runtime::NewUuid();
    ASSIGN_OR_RETURN(const int64_t claimed,
                     database_.Transact(ctx, [&](db::Tx& tx) -> absl::StatusOr<int64_t> {
                       RETURN_IF_ERROR(tx.Exec(kAdd, job.name).status());
                       return tx.Exec(kClaim, job.name, run, absl::ToInt64Milliseconds(job.lease),
                                      ctx.now(), begun_before);
                     }));
    if (claimed == 0) {
      return false;
    }
    static metrics::CounterFamily& runs =
        metrics::Counter("job_runs_total", "Runs of a job that ended", {"job_name", "outcome"});
    const absl::Status status = job.run(ctx);
    runs.Add({job.name, status.ok() ? "done" : "failed"});
    // Even where the run was cancelled; where this fails, the lease ends by itself.
    const runtime::Context end(ContextOf(job));
    const absl::Status released = database_.Transact(
        end, [&](db::Tx& tx) { return tx.Exec(kRelease, job.name, run).status(); });
    if (!released.ok()) {
      log::Warning("the lease of a job stays until it ends", {{"job", job.name}});
    }
    RETURN_IF_ERROR(status);
    return true;
  }

  void Loop() {
    while (true) {
      Tick();
      std::unique_lock<std::mutex> lock(mutex_);
      if (wake_.wait_for(lock, kTick, [this] { return stopping_; })) {
        return;
      }
    }
  }

  // Runs what is due. A database that is away has been logged by its pool.
  void Tick() {
    static metrics::GaugeFamily& lag = metrics::Gauge(
        "job_lag_seconds", "How long a job has been due, by the injected clock", {"job_name"});
    const absl::StatusOr<std::map<std::string, absl::Time>> last_runs = ReadLastRuns();
    if (!last_runs.ok()) {
      return;
    }
    for (const Job& job : jobs_) {
      const auto last_run = last_runs->find(job.name);
      const absl::Time due =
          last_run == last_runs->end() ? clock_.Now() : last_run->second + job.every;
      const absl::Duration late = clock_.Now() - due;
      lag.Set({job.name}, absl::ToDoubleSeconds(std::max(late, absl::ZeroDuration())));
      if (late >= absl::ZeroDuration() && !RunDue(job)) {
        return;
      }
    }
  }

  absl::StatusOr<std::map<std::string, absl::Time>> ReadLastRuns() {
    constexpr const db::Query& kList = db::Find(sql::kJobs, "ListJobs");
    const runtime::Context ctx({.caller = {},
                                .now = clock_.Now(),
                                .deadline = absl::Now() + absl::Seconds(10),
                                .method = "jobs",
                                .trace = {}});
    ASSIGN_OR_RETURN(const std::vector<LastRun> rows,
                     database_.Read(ctx, [](db::Tx& tx) { return tx.All(kList, LastRunFromRow); }));
    std::map<std::string, absl::Time> last_runs;
    for (const LastRun& row : rows) {
      if (row.at.has_value()) {
        last_runs.emplace(row.name, *row.at);
      }
    }
    return last_runs;
  }

  // False when the runner is being destroyed.
  bool RunDue(const Job& job) {
    runtime::Context ctx(ContextOf(job));
    if (!SetRunning(&ctx)) {
      return false;
    }
    const absl::Status status = RunIfFree(ctx, job, ctx.now() - job.every).status();
    if (!status.ok()) {
      log::Warning("job failed", {{"job", job.name},
                                  {"code", absl::StatusCodeToString(status.code())},
                                  {"reason", errors::Info(status).reason()},
                                  {"trace", ctx.trace().trace_id}});
    }
    return SetRunning(nullptr);
  }

  // Makes the context known to the destructor, which cancels it; false when it has come.
  bool SetRunning(runtime::Context* ctx) {
    const std::lock_guard<std::mutex> lock(mutex_);
    running_ = stopping_ ? nullptr : ctx;
    return !stopping_;
  }

  db::Database& database_;
  const runtime::Clock& clock_;
  std::vector<Job> jobs_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;                // guarded by mutex_
  runtime::Context* running_ = nullptr;  // guarded by mutex_
};

Runner::Runner(db::Database& database, const runtime::Clock& clock)
    : impl_(std::make_unique<Impl>(database, clock)) {}
Runner::~Runner() = default;
void Runner::Add(Job job) { impl_->Add(std::move(job)); }
void Runner::Start() { impl_->Start(); }
void Runner::Stop() { impl_->Stop(); }
absl::Status Runner::RunNow(const std::string& name) { return impl_->RunNow(name); }

}  // namespace scharnier::jobs
