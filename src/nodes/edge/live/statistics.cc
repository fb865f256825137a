#include "nodes/edge/live/statistics.h"

#include <algorithm>

namespace oree::edge {
namespace {

using inspection::Decision;
using json::Object;
using json::Value;

constexpr std::chrono::seconds kWidth{10};

int64_t bucket_number(WallTime time) {
  return time.time_since_epoch() / kWidth;
}

int64_t percentile(std::vector<int32_t> values, double p) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<ptrdiff_t>(p * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

}  // namespace

Statistics::Statistics(const Clock& clock, monitoring::Registry& metrics)
    : clock_(clock),
      since_(clock.wall()),
      latency_(metrics.histogram("oree_inspection_seconds", "From trigger to durable verdict.")) {
  for (const auto decision : {Decision::ok, Decision::ko, Decision::no_decision}) {
    decided_[static_cast<size_t>(decision)] = &metrics.counter(
        "oree_items_total", "Parts decided.", {{"decision", std::string(decision_name(decision))}});
  }
}

void Statistics::note(Decision decision, microseconds total) {
  decided_[static_cast<size_t>(decision)]->add();
  latency_.record(total);
  const int64_t number = bucket_number(clock_.wall());
  const std::lock_guard lock(mutex_);
  if (buckets_.empty() || buckets_.back().number != number) {
    buckets_.push_back({});
    buckets_.back().number = number;
    if (buckets_.size() > kMaxBuckets) buckets_.pop_front();
  }
  auto& bucket = buckets_.back();
  ++bucket.counts[static_cast<size_t>(decision)];
  if (bucket.totals_us.size() < kMaxSamples) {
    bucket.totals_us.push_back(static_cast<int32_t>(std::min<int64_t>(total.count(), 2'000'000'000)));
  }
}

json::Value Statistics::totals() const {
  const auto count = [this](Decision d) { return decided_[static_cast<size_t>(d)]->value(); };
  const uint64_t ok = count(Decision::ok), ko = count(Decision::ko), none = count(Decision::no_decision);
  const WallTime now = clock_.wall();
  uint64_t recent = 0;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& bucket : buckets_) {
      if (bucket.number < bucket_number(now) - 6 || bucket.number == bucket_number(now)) continue;
      for (const uint64_t n : bucket.counts) recent += n;
    }
    if (recent == 0 && !buckets_.empty()) {  // the first seconds
      for (const uint64_t n : buckets_.back().counts) recent += n;
    }
  }
  const double seconds = std::clamp(std::chrono::duration<double>(now - since_).count(), 1.0, 60.0);
  return Object{{"ok", ok},
                {"ko", ko},
                {"no_decision", none},
                {"items", ok + ko + none},
                {"rate_per_s", static_cast<double>(recent) / seconds},
                {"p50_us", int64_t{latency_.percentile(50).count()}},
                {"p95_us", int64_t{latency_.percentile(95).count()}},
                {"since", iso_text(since_)}};
}

json::Value Statistics::history(int minutes) const {
  json::Array out;
  const int64_t last = bucket_number(clock_.wall());
  const int64_t first = last - std::clamp(minutes, 1, 60) * 6 + 1;
  const std::lock_guard lock(mutex_);
  for (const auto& bucket : buckets_) {
    if (bucket.number < first) continue;
    out.push_back(Object{{"start", iso_text(WallTime(bucket.number * kWidth))},
                         {"ok", bucket.counts[0]},
                         {"ko", bucket.counts[1]},
                         {"no_decision", bucket.counts[2]},
                         {"p50_us", percentile(bucket.totals_us, 0.5)},
                         {"p95_us", percentile(bucket.totals_us, 0.95)}});
  }
  return Object{{"buckets", std::move(out)}};
}

}  // namespace oree::edge
