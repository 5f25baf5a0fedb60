#include "common/runtime/metrics.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace scharnier::metrics {
namespace {

// Never destroyed, like all families: threads may still count while the process ends.
prometheus::Registry& Registry() {
  static auto* const registry = new prometheus::Registry;
  return *registry;
}

const prometheus::Histogram::BucketBoundaries& Buckets() {
  static auto* const buckets = new prometheus::Histogram::BucketBoundaries{
      0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  return *buckets;
}

// Order of label values, also of those that are not strings of their own.
struct LabelsLess {
  using is_transparent = void;
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
  }
};

// The series of one family that have been counted in. prometheus-cpp copies and hashes all labels
// at each look-up, which a call would pay for several times.
template <class T>
class SeriesCache {
 public:
  SeriesCache(prometheus::Family<T>& family, std::vector<std::string> names)
      : family_(family), names_(std::move(names)) {}

  // The series of these values, made at the first call.
  template <class... Args>
  T& At(LabelValues values, const Args&... args) {
    {
      absl::ReaderMutexLock lock(&mutex_);
      if (const auto known = series_.find(values); known != series_.end()) {
        return *known->second;
      }
    }
    assert(names_.size() == values.size());
    prometheus::Labels labels;
    for (size_t i = 0; i < names_.size(); ++i) {
      labels.emplace(names_[i], std::string(values[i]));
    }
    T& made = family_.Add(labels, args...);
    absl::MutexLock lock(&mutex_);
    series_.emplace(std::vector<std::string>(values.begin(), values.end()), &made);
    return made;
  }

 private:
  prometheus::Family<T>& family_;
  const std::vector<std::string> names_;
  absl::Mutex mutex_;
  std::map<std::vector<std::string>, T*, LabelsLess> series_ ABSL_GUARDED_BY(mutex_);
};

class PrometheusCounter final : public CounterFamily {
 public:
  PrometheusCounter(const std::string& name, const std::string& help,
                    const std::vector<std::string>& labels)
      : series_(prometheus::BuildCounter().Name(name).Help(help).Register(Registry()), labels) {}
  void Add(LabelValues labels, double count) override { series_.At(labels).Increment(count); }

 private:
  SeriesCache<prometheus::Counter> series_;
};

class PrometheusGauge final : public GaugeFamily {
 public:
  PrometheusGauge(const std::string& name, const std::string& help,
                  const std::vector<std::string>& labels)
      : series_(prometheus::BuildGauge().Name(name).Help(help).Register(Registry()), labels) {}
  void Set(LabelValues labels, double value) override { series_.At(labels).Set(value); }

 private:
  SeriesCache<prometheus::Gauge> series_;
};

class PrometheusHistogram final : public HistogramFamily {
 public:
  PrometheusHistogram(const std::string& name, const std::string& help,
                      const std::vector<std::string>& labels)
      : series_(prometheus::BuildHistogram().Name(name).Help(help).Register(Registry()), labels) {}
  void Observe(LabelValues labels, double seconds) override {
    series_.At(labels, Buckets()).Observe(seconds);
  }

 private:
  SeriesCache<prometheus::Histogram> series_;
};

// The family of this name, made at the first call.
template <class Made>
Made& Find(const std::string& name, const std::string& help,
           const std::vector<std::string>& labels) {
  static absl::Mutex mutex(absl::kConstInit);
  static auto* const families = new std::map<std::string, std::unique_ptr<Made>>;
  absl::MutexLock lock(&mutex);
  std::unique_ptr<Made>& family = (*families)[name];
  if (family == nullptr) {
    family = std::make_unique<Made>(name, help, labels);
  }
  return *family;
}

}  // namespace

CounterFamily& Counter(const std::string& name, const std::string& help,
                       const std::vector<std::string>& labels) {
  return Find<PrometheusCounter>(name, help, labels);
}

GaugeFamily& Gauge(const std::string& name, const std::string& help,
                   const std::vector<std::string>& labels) {
  return Find<PrometheusGauge>(name, help, labels);
}

HistogramFamily& Histogram(const std::string& name, const std::string& help,
                           const std::vector<std::string>& labels) {
  return Find<PrometheusHistogram>(name, help, labels);
}

std::string Render() { return prometheus::TextSerializer().Serialize(Registry().Collect()); }

}  // namespace scharnier::metrics
