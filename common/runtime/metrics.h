// File: metrics.h
// Prometheus metrics: one registry a process, served on a port of its own at /metrics.
//
//   static auto& handled = metrics::Counter("grpc_server_handled_total", "RPCs completed, by
//   status",
//                                           {"grpc_service", "grpc_method", "grpc_code"});
//   handled.Add({service, method, code});

#ifndef SCHARNIER_COMMON_RUNTIME_METRICS_H_
#define SCHARNIER_COMMON_RUNTIME_METRICS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace scharnier::metrics {

// The values of a family's labels, in their order.
using LabelValues = absl::Span<const absl::string_view>;

// A count that only grows. Thread-safe.
class CounterFamily {
 public:
  virtual ~CounterFamily() = default;
  virtual void Add(LabelValues labels, double count) = 0;
  void Add(LabelValues labels) { Add(labels, 1); }
};

// A value that goes up and down. Thread-safe.
class GaugeFamily {
 public:
  virtual ~GaugeFamily() = default;
  virtual void Set(LabelValues labels, double value) = 0;
};

// A distribution of seconds, in buckets from 1 ms to 10 s. Thread-safe.
class HistogramFamily {
 public:
  virtual ~HistogramFamily() = default;
  virtual void Observe(LabelValues labels, double seconds) = 0;
};

// Families live as long as the process; the same name gives the same family.
CounterFamily& Counter(const std::string& name, const std::string& help,
                       const std::vector<std::string>& labels);
GaugeFamily& Gauge(const std::string& name, const std::string& help,
                   const std::vector<std::string>& labels);
HistogramFamily& Histogram(const std::string& name, const std::string& help,
                           const std::vector<std::string>& labels);

// Everything in the exposition format.
std::string Render();

// Serves Render() over HTTP on `address` ("127.0.0.1:9100") until destroyed.
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  // The port that it listens on: the system chooses one for port 0.
  virtual int port() const = 0;
};
// Errors: UNAVAILABLE when the port is taken or the address is no number and port.
absl::StatusOr<std::unique_ptr<Endpoint>> Serve(const std::string& address);

}  // namespace scharnier::metrics

#endif  // SCHARNIER_COMMON_RUNTIME_METRICS_H_
