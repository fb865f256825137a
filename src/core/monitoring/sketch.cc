#include "core/monitoring/sketch.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"
#include "core/monitoring/histogram_state.h"

namespace oree::monitoring {

namespace {

uint64_t largest_of_bucket(size_t bucket) {
  if (bucket < kPerOctave) return bucket;
  const uint64_t shift = bucket / kPerOctave - 1;
  return ((kPerOctave + bucket % kPerOctave + 1) << shift) - 1;
}

// a - b, never below nothing: a counter that went back started anew.
constexpr uint64_t minus(uint64_t a, uint64_t b) {
  return a > b ? a - b : 0;
}

}  // namespace

void LatencySketch::add(uint64_t us, uint64_t times) {
  if (times == 0) return;
  const auto bucket = static_cast<uint16_t>(fine_bucket(std::min(us, kLargest)));
  const auto at = std::ranges::lower_bound(buckets_, bucket, {}, &std::pair<uint16_t, uint64_t>::first);
  if (at != buckets_.end() && at->first == bucket) {
    at->second += times;
  } else {
    buckets_.insert(at, {bucket, times});
  }
  count_ += times;
}

void LatencySketch::merge(const LatencySketch& other) {
  if (other.count_ == 0) return;
  std::vector<std::pair<uint16_t, uint64_t>> both;
  both.reserve(buckets_.size() + other.buckets_.size());
  auto a = buckets_.cbegin();
  auto b = other.buckets_.cbegin();
  while (a != buckets_.cend() || b != other.buckets_.cend()) {
    if (b == other.buckets_.cend() || (a != buckets_.cend() && a->first < b->first)) {
      both.push_back(*a++);
    } else if (a == buckets_.cend() || b->first < a->first) {
      both.push_back(*b++);
    } else {
      both.emplace_back(a->first, a->second + b->second);
      ++a;
      ++b;
    }
  }
  buckets_ = std::move(both);
  count_ += other.count_;
}

LatencySketch LatencySketch::since(const LatencySketch& earlier) const {
  LatencySketch out;
  auto before = earlier.buckets_.cbegin();
  for (const auto& [bucket, times] : buckets_) {
    while (before != earlier.buckets_.cend() && before->first < bucket) ++before;
    const bool known = before != earlier.buckets_.cend() && before->first == bucket;
    const uint64_t left = known ? minus(times, before->second) : times;
    if (left == 0) continue;
    out.buckets_.emplace_back(bucket, left);
    out.count_ += left;
  }
  return out;
}

uint64_t LatencySketch::quantile(double p) const {
  if (count_ == 0) return 0;
  const double place = std::ceil(p * static_cast<double>(count_));
  const auto wanted = static_cast<uint64_t>(std::clamp(place, 1.0, static_cast<double>(count_)));
  uint64_t seen = 0;
  for (const auto& [bucket, times] : buckets_) {
    seen += times;
    if (seen >= wanted) return largest_of_bucket(bucket);
  }
  return largest_of_bucket(buckets_.back().first);
}

std::vector<std::pair<uint64_t, uint64_t>> LatencySketch::edges() const {
  std::vector<std::pair<uint64_t, uint64_t>> out;
  out.reserve(buckets_.size());
  for (const auto& [bucket, times] : buckets_) out.emplace_back(largest_of_bucket(bucket), times);
  return out;
}

std::vector<std::pair<uint64_t, uint64_t>> LatencySketch::pairs() const {
  std::vector<std::pair<uint64_t, uint64_t>> out;
  out.reserve(buckets_.size());
  for (const auto& [bucket, times] : buckets_) out.emplace_back(middle_of_bucket(bucket), times);
  return out;
}

BinSketch::BinSketch(double low, double high, size_t bins) : low_(low), high_(high), counts_(bins, 0) {}

BinSketch::BinSketch(double low, double high, std::vector<uint64_t> counts)
    : low_(low),
      high_(high),
      counts_(std::move(counts)),
      count_(std::accumulate(counts_.begin(), counts_.end(), uint64_t{0})) {}

void BinSketch::add(double value, uint64_t times) {
  if (std::isnan(value)) return;
  const double last = static_cast<double>(counts_.size() - 1);
  const double place = std::clamp(std::floor((value - low_) / bin_width()), 0.0, last);
  counts_[static_cast<size_t>(place)] += times;
  count_ += times;
}

bool BinSketch::same_bins(const BinSketch& other) const {
  return low_ == other.low_ && high_ == other.high_ && counts_.size() == other.counts_.size();
}

Status BinSketch::merge(const BinSketch& other) {
  if (!same_bins(other)) {
    return fail(ErrorKind::invalid,
                cat("sketches of different bins do not add up: ", counts_.size(), " from ", low_, " to ",
                    high_, " and ", other.counts_.size(), " from ", other.low_, " to ", other.high_));
  }
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  return {};
}

BinSketch BinSketch::since(const BinSketch& earlier) const {
  if (!same_bins(earlier)) return *this;
  std::vector<uint64_t> left(counts_.size());
  for (size_t i = 0; i < left.size(); ++i) left[i] = minus(counts_[i], earlier.counts_[i]);
  return {low_, high_, std::move(left)};
}

}  // namespace oree::monitoring
