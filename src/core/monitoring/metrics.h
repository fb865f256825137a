// Counters, gauges and latency histograms, and their text for Prometheus (exposition format 0.0.4).
//
// Updating is lock-free and costs nanoseconds; a metric is registered once, by its owner, and lives as long
// as the Registry. Histograms keep ~3 % resolution from 1 µs to 1 h (log-linear: 32 buckets per power of
// two), so that percentiles are true ones; Prometheus sees a fixed, coarser ladder of `le` buckets in
// seconds.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace oree::monitoring {

using Labels = std::vector<std::pair<std::string, std::string>>;

class Counter {
 public:
  void add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

class Gauge {
 public:
  void set(double v) { value_.store(v, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

class Histogram {
 public:
  Histogram();
  ~Histogram();
  void record(microseconds duration);
  uint64_t count() const;
  microseconds sum() const;
  microseconds percentile(double p) const;  // p in 0..100; 0 µs when empty

 private:
  friend class HistogramText;
  struct State;
  std::unique_ptr<State> state_;
};

// What a source writes its metrics to while somebody looks; values and histograms are read at once.
class Exposition {
 public:
  virtual ~Exposition() = default;
  virtual void counter(std::string_view name, std::string_view help, const Labels& labels, double value) = 0;
  virtual void gauge(std::string_view name, std::string_view help, const Labels& labels, double value) = 0;
  virtual void histogram(std::string_view name, std::string_view help, const Labels& labels,
                         const Histogram& histogram) = 0;
  // The same as quantiles 0.5, 0.9, 0.95, 0.99 and 0.999, in µs, of all that was recorded.
  virtual void summary_us(std::string_view name, std::string_view help, const Labels& labels,
                          const Histogram& histogram) = 0;
};

class Registry {
 public:
  Registry();
  ~Registry();
  // Same name and labels → the same metric. `help` is one sentence. Names end in _total, _seconds, _bytes as
  // usual.
  Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, Labels labels = {});
  // A value that is asked for when somebody looks.
  void callback(std::string_view name, std::string_view help, Labels labels, std::function<double()> read);
  // Metrics of things that come and go: `write` is called whenever somebody looks, and what it does not write
  // is not there. A name belongs to one source, or to none. Until the returned handle is dropped, which waits
  // for a look that goes on.
  using Write = std::function<void(Exposition&)>;
  [[nodiscard]] std::shared_ptr<void> source(Write write);
  std::string prometheus() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace oree::monitoring
