#include "common/changes/denials.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/changes/sql/denials.sql.h"
#include "common/runtime/log.h"
#include "common/runtime/metrics.h"

namespace scharnier::changes {
namespace {

constexpr absl::Duration kWithin = absl::Seconds(5);
constexpr absl::Duration kBetweenLines = absl::Minutes(1);

absl::Status Append(db::Database& database, const std::vector<rpc::Denial>& denials) {
  constexpr const db::Query& kQuery = db::Find(sql::kDenials, "AppendDenials");
  std::vector<std::string> callers, vias, methods, resources, reasons, traces;
  std::vector<std::optional<std::string>> request_ids;
  std::vector<bool> discreet;
  for (const rpc::Denial& denial : denials) {
    callers.push_back(denial.caller);
    vias.push_back(denial.via);
    methods.push_back(denial.method);
    request_ids.push_back(denial.request_id.empty() ? std::nullopt
                                                    : std::optional(denial.request_id));
    resources.push_back(denial.resource);
    discreet.push_back(denial.discreet);
    reasons.push_back(denial.reason);
    traces.push_back(denial.trace);
  }
  const absl::Time now = absl::Now();
  const runtime::Context ctx({.caller = {},
                              .now = now,
                              .deadline = now + kWithin,
                              .method = "write_denials",
                              .trace = {}});
  return database.Transact(ctx, [&](db::Tx& tx) {
    return tx
        .Exec(kQuery, callers, vias, methods, request_ids, resources, discreet, reasons, traces)
        .status();
  });
}

}  // namespace

void Denials::Add(rpc::Denial denial, absl::Time now) {
  const bool limited =
      (!denial.key.empty() && callers_.Take(denial.key, now) > absl::ZeroDuration()) ||
      (denial.anonymous ? anonymous_ : all_).Take("", now) > absl::ZeroDuration();
  bool kept = false;
  bool begin = false;
  if (!limited) {
    absl::MutexLock lock(&mutex_);
    kept = waiting_.size() < options_.most_waiting;
    if (kept) {
      waiting_.push_back(std::move(denial));
      begin = !std::exchange(writing_, true);
    }
  }
  if (!kept) {
    LeaveOut(1, now);
  }
  if (begin) {
    executor_.Submit([this] { Write(); });
  }
}

void Denials::Write() {
  while (true) {
    std::vector<rpc::Denial> denials;
    {
      absl::MutexLock lock(&mutex_);
      if (waiting_.empty()) {
        writing_ = false;
        return;
      }
      denials.swap(waiting_);
    }
    if (!Append(database_, denials).ok()) {
      LeaveOut(static_cast<int64_t>(denials.size()), absl::Now());
    }
  }
}

void Denials::LeaveOut(int64_t count, absl::Time now) {
  static auto& metric = metrics::Counter("audit_denials_left_out_total",
                                         "Denied calls that are not in the audit trail", {});
  metric.Add({}, static_cast<double>(count));
  int64_t told = 0;
  {
    absl::MutexLock lock(&mutex_);
    left_out_ += count;
    if (now - logged_ >= kBetweenLines) {
      logged_ = now;
      told = std::exchange(left_out_, 0);
    }
  }
  if (told > 0) {
    log::Warning("denied calls left out of the audit trail", {{"count", absl::StrCat(told)}});
  }
}

}  // namespace scharnier::changes
