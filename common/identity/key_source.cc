#include "common/identity/key_source.h"

#include <utility>

#include "absl/strings/str_join.h"
#include "common/errors/errors.h"
#include "common/runtime/log.h"
#include "common/runtime/metrics.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::identity {
namespace {

absl::Status Away() {
  return errors::Error(types::v1::ERROR_REASON_DEPENDENCY_AWAY, "the issuer's keys are not there")
      .With("dependency", "issuer")
      .RetryAfter(absl::Seconds(1));
}

}  // namespace

KeySource::KeySource(Options options) : options_(std::move(options)), thread_([this] { Run(); }) {}

KeySource::~KeySource() { Shutdown(); }

absl::StatusOr<std::shared_ptr<const KeySet>> KeySource::Keys() {
  const absl::MutexLock lock(&mutex_);
  return Current();
}

absl::StatusOr<std::shared_ptr<const KeySet>> KeySource::KeysWith(absl::string_view kid,
                                                                  absl::Time deadline) {
  const absl::MutexLock lock(&mutex_);
  // A fetch that ran already may have begun before the issuer published the key: then one more.
  while (Believed() && !keys_->Has(kid) && !stopped_ && absl::Now() < deadline) {
    if (!pending_) {
      if (options_.now() < may_ask_) {
        break;
      }
      may_ask_ = options_.now() + options_.unknown_kid_pause;
      pending_ = true;
    }
    if (waiting_ == options_.most_waiting) {
      return Away();
    }
    ++waiting_;
    const auto over = [this, before = fetches_]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return stopped_ || fetches_ != before;
    };
    mutex_.AwaitWithDeadline(absl::Condition(&over), deadline);
    --waiting_;
  }
  // It may be a key of the issuer's that could not be fetched: nobody can call the token a bad one.
  if (Believed() && !keys_->Has(kid) && failed_) {
    return Away();
  }
  return Current();
}

void KeySource::Shutdown() {
  {
    const absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void KeySource::Run() {
  while (const std::optional<absl::Time> begun = AwaitTurn()) {
    const absl::StatusOr<std::string> document = options_.fetch();
    Take(document.ok() ? KeySet::Parse(*document, options_.algorithm) : document.status(), *begun);
  }
}

std::optional<absl::Time> KeySource::AwaitTurn() {
  const absl::MutexLock lock(&mutex_);
  // Judged again by whoever lets go of the mutex: that is how a test's time takes effect.
  const auto due = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return stopped_ || pending_ || options_.now() >= next_;
  };
  while (!mutex_.AwaitWithTimeout(absl::Condition(&due), next_ - options_.now())) {
  }
  if (stopped_) {
    return std::nullopt;
  }
  pending_ = true;
  return options_.now();
}

void KeySource::Take(const absl::StatusOr<KeySet>& fetched, absl::Time begun) {
  static auto& fetches = metrics::Counter("identity_key_fetches_total",
                                          "Fetches of the issuer's keys, by outcome", {"outcome"});
  static auto& age = metrics::Gauge("identity_keys_age_seconds",
                                    "Age of the issuer's keys when the last fetch had ended", {});
  bool changed = false;
  {
    const absl::MutexLock lock(&mutex_);
    failed_ = !fetched.ok();
    if (fetched.ok()) {
      changed = keys_ == nullptr || !(*keys_ == *fetched);
      if (changed) {
        keys_ = std::make_shared<const KeySet>(*fetched);
      }
      fetched_ = begun;
    }
    next_ = begun + (Believed() ? options_.refresh : options_.retry);
    if (keys_ != nullptr) {
      age.Set({}, absl::ToDoubleSeconds(options_.now() - fetched_));
    }
    pending_ = false;
    ++fetches_;
  }
  fetches.Add({!fetched.ok() ? "failed" : changed ? "changed" : "unchanged"});
  if (changed) {
    log::Info("the issuer's keys have changed", {{"kids", absl::StrJoin(fetched->kids(), " ")}});
  }
  // Said when it begins or becomes another one, not at each attempt.
  std::string problem = fetched.ok() ? "" : std::string(fetched.status().message());
  if (problem != problem_) {
    if (problem.empty()) {
      log::Info("the issuer's keys can be fetched again");
    } else {
      log::Warning("the issuer's keys cannot be fetched", {{"problem", problem}});
    }
    problem_ = std::move(problem);
  }
}

bool KeySource::Believed() const {
  return keys_ != nullptr && options_.now() - fetched_ < options_.keep;
}

absl::StatusOr<std::shared_ptr<const KeySet>> KeySource::Current() const {
  if (!Believed()) {
    return Away();
  }
  return keys_;
}

}  // namespace scharnier::identity
