#include "common/runtime/metrics.h"

#include <cassert>
#include <cstddef>
#include <exception>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "prometheus/counter.h"
#include "prometheus/exposer.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace scharnier::metrics {
namespace {

// Never destroyed, like all families: threads may still count while the process ends.
const std::shared_ptr<prometheus::Registry>& Registry() {
  static auto* const registry =
      new std::shared_ptr<prometheus::Registry>(std::make_shared<prometheus::Registry>());
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
      : family_(prometheus::BuildCounter().Name(name).Help(help).Register(*Registry())),
        labels_(std::move(labels)) {}
  void Add(const std::vector<std::string>& label_values, double by) override {
    family_.Add(Zip(labels_, label_values)).Increment(by);
  }

 private:
  prometheus::Family<prometheus::Counter>& family_;
  const std::vector<std::string> labels_;
};

class PrometheusGauge final : public GaugeFamily {
 public:
  PrometheusGauge(const std::string& name, const std::string& help, std::vector<std::string> labels)
      : family_(prometheus::BuildGauge().Name(name).Help(help).Register(*Registry())),
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
      : family_(prometheus::BuildHistogram().Name(name).Help(help).Register(*Registry())),
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

class Exposed final : public Endpoint {
 public:
  explicit Exposed(const std::string& address) : exposer_(address, 1) {
    exposer_.RegisterCollectable(Registry());
  }
  int port() const override { return exposer_.GetListeningPorts().at(0); }

 private:
  prometheus::Exposer exposer_;
};

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

std::string Render() { return prometheus::TextSerializer().Serialize(Registry()->Collect()); }

absl::StatusOr<std::unique_ptr<Endpoint>> Serve(const std::string& address) {
  try {
    return std::make_unique<Exposed>(address);
  } catch (const std::exception& e) {
    return absl::UnavailableError(
        absl::StrCat("cannot serve metrics on ", address, ": ", e.what()));
  }
}

}  // namespace scharnier::metrics
