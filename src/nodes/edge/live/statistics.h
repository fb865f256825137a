// What the station has decided since it started: totals, rate, latency, and a short history in 10 s buckets.
// Thread-safe; bounded: one hour of buckets.
#pragma once

#include <deque>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "core/monitoring/metrics.h"
#include "platform/json/value.h"
#include "services/inspection/rules/decision.h"

namespace oree::edge {

class Statistics {
 public:
  Statistics(const Clock& clock, monitoring::Registry& metrics);

  void note(inspection::Decision decision, microseconds total);
  json::Value totals() const;  // ok, ko, no_decision, items, rate_per_s (last minute), p50_us, p95_us, since
  json::Value history(int minutes) const;

 private:
  struct Bucket {
    int64_t number = 0;  // of 10 s since the epoch
    uint64_t counts[3] = {0, 0, 0};
    std::vector<int32_t> totals_us;  // thinned beyond kMaxSamples
  };
  static constexpr size_t kMaxSamples = 512;
  static constexpr size_t kMaxBuckets = 360;

  const Clock& clock_;
  WallTime since_;
  monitoring::Histogram& latency_;
  monitoring::Counter* decided_[3];
  mutable std::mutex mutex_;
  std::deque<Bucket> buckets_;
};

}  // namespace oree::edge
