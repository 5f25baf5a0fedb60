#include "common/runtime/metrics.h"

#include <cassert>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

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
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  return *buckets;
}

prometheus::Labels Zip(const std::vector<std::string>& names,
                       const std::vector<std::string>& values) {
  assert(names.size() == values.size());
  prometheus::Labels labels;
  for (size_t i = 0; i < names.size(); ++i) {
    labels.emplace(names[i], values[i]);
  }
  return labels;
}

class PrometheusCounter final : public CounterFamily {
 public:
  PrometheusCounter(const std::string& name, const std::string& help,
                    std::vector<std::string> labels)
      : family_(prometheus::BuildCounter().Name(name).Help(help).Register(Registry())),
        labels_(std::move(labels)) {}
  void Add(const std::vector<std::string>& label_values) override {
    family_.Add(Zip(labels_, label_values)).Increment();
  }

 private:
  prometheus::Family<prometheus::Counter>& family_;
  const std::vector<std::string> labels_;
};

class PrometheusGauge final : public GaugeFamily {
 public:
  PrometheusGauge(const std::string& name, const std::string& help, std::vector<std::string> labels)
      : family_(prometheus::BuildGauge().Name(name).Help(help).Register(Registry())),
        labels_(std::move(labels)) {}
  void Set(const std::vector<std::string>& label_values, double value) override {
    family_.Add(Zip(labels_, label_values)).Set(value);
  }

 private:
  prometheus::Family<prometheus::Gauge>& family_;
  const std::vector<std::string> labels_;
};

class PrometheusHistogram final : public HistogramFamily {
 public:
  PrometheusHistogram(const std::string& name, const std::string& help,
                      std::vector<std::string> labels)
      : family_(prometheus::BuildHistogram().Name(name).Help(help).Register(Registry())),
        labels_(std::move(labels)) {}
  void Observe(const std::vector<std::string>& label_values, double seconds) override {
    family_.Add(Zip(labels_, label_values), Buckets()).Observe(seconds);
  }

 private:
  prometheus::Family<prometheus::Histogram>& family_;
  const std::vector<std::string> labels_;
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
