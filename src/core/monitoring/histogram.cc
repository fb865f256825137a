#include <algorithm>
#include <cmath>

#include "core/monitoring/histogram_state.h"

namespace oree::monitoring {

Histogram::Histogram() : state_(std::make_unique<State>()) {}
Histogram::~Histogram() = default;

void Histogram::record(microseconds duration) {
  const auto us = static_cast<uint64_t>(std::clamp<int64_t>(duration.count(), 0, kLargest));
  const auto step = std::ranges::lower_bound(kLadder, us) - kLadder.begin();
  state_->fine[fine_bucket(us)].fetch_add(1, std::memory_order_relaxed);
  state_->ladder[static_cast<size_t>(step)].fetch_add(1, std::memory_order_relaxed);
  state_->sum_us.fetch_add(us, std::memory_order_relaxed);
}

uint64_t Histogram::count() const {
  uint64_t count = 0;
  for (const auto& bucket : state_->ladder) count += bucket.load(std::memory_order_relaxed);
  return count;
}

microseconds Histogram::sum() const {
  return microseconds(state_->sum_us.load(std::memory_order_relaxed));
}

microseconds Histogram::percentile(double p) const {
  // A snapshot first: others go on recording while this walks.
  std::array<uint64_t, kFineBuckets> snapshot;
  uint64_t total = 0;
  for (size_t i = 0; i < snapshot.size(); ++i) {
    snapshot[i] = state_->fine[i].load(std::memory_order_relaxed);
    total += snapshot[i];
  }
  if (total == 0) return microseconds(0);
  const double wanted = std::ceil(std::clamp(p, 0.0, 100.0) / 100.0 * static_cast<double>(total));
  const auto rank = std::max<uint64_t>(1, static_cast<uint64_t>(wanted));
  uint64_t seen = 0;
  size_t bucket = 0;
  while (bucket + 1 < snapshot.size() && (seen += snapshot[bucket]) < rank) ++bucket;
  return microseconds(middle_of_bucket(bucket));
}

}  // namespace oree::monitoring
