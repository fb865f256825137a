// Many numbers in little room, so that what a thousand stations saw can be added up and compared.
//
//   LatencySketch  durations: the buckets of Histogram (values below 32 µs exactly, then 32 per power of two,
//                  so within 3 %), only those that hold something. Grows with the number of different
//                  buckets, at most 896.
//   BinSketch      numbers of a known range, in equal bins, by default the 100 from 0 to 1 that confidences
//   are
//                  reported in. What lies outside counts in the first or last bin.
//
// Both merge without loss beyond their bins: merging and sketching may be done in any order. Values, no
// threads.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"

namespace oree::monitoring {

class LatencySketch {
 public:
  void add(uint64_t us, uint64_t times = 1);
  void merge(const LatencySketch& other);
  // What came since `earlier`, of which this is a continuation; a bucket that shrank counts as empty.
  LatencySketch since(const LatencySketch& earlier) const;
  uint64_t count() const { return count_; }
  // The largest value of the bucket in which the p-th of all values lies, 0 < p <= 1; 0 when empty.
  uint64_t quantile(double p) const;
  // [largest value of the bucket in µs, how many], ascending: how many lie at or below it is exact.
  std::vector<std::pair<uint64_t, uint64_t>> edges() const;
  // [middle of the bucket in µs, how many], ascending: what travels.
  std::vector<std::pair<uint64_t, uint64_t>> pairs() const;
  bool operator==(const LatencySketch&) const = default;

 private:
  std::vector<std::pair<uint16_t, uint64_t>> buckets_;  // ascending
  uint64_t count_ = 0;
};

class BinSketch {
 public:
  BinSketch() : BinSketch(0, 1, 100) {}
  // Precondition: low < high, both finite; 1 to 10,000 bins.
  BinSketch(double low, double high, size_t bins);
  // As it came over the wire.
  BinSketch(double low, double high, std::vector<uint64_t> counts);

  // NaN counts nowhere.
  void add(double value, uint64_t times = 1);
  // `invalid` unless both have the same range and number of bins.
  Status merge(const BinSketch& other);
  BinSketch since(const BinSketch& earlier) const;
  uint64_t count() const { return count_; }
  double low() const { return low_; }
  double high() const { return high_; }
  double bin_width() const { return (high_ - low_) / static_cast<double>(counts_.size()); }
  std::span<const uint64_t> counts() const { return counts_; }
  bool same_bins(const BinSketch& other) const;
  bool operator==(const BinSketch&) const = default;

 private:
  double low_;
  double high_;
  std::vector<uint64_t> counts_;
  uint64_t count_ = 0;
};

}  // namespace oree::monitoring
