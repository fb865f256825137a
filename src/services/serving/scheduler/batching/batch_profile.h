// How long runs of each batch size take on this machine, learned from the runs themselves, and which size is
// worth waiting for or merging into. A value: no threads, no clock.
//
// On CPUs many networks gain nothing from batches (a convolution already fills the cores), others are all
// overhead. So sizes are tried in steps of two, each step only when the last one paid, and kept only where
// rows per second rise by more than kGain: merging is never slower than not merging.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/inference/service/statistics.h"

namespace oree::serving {

class BatchProfile {
 public:
  static constexpr double kGain = 1.05;

  explicit BatchProfile(uint64_t largest) : largest_(largest) {}
  BatchProfile() : BatchProfile(1) {}

  void observe(uint64_t rows, std::chrono::nanoseconds took);
  // How many rows of `available` to run together: at least 1, at most available. Counts as a choice: now and
  // then it tries a size again that did not pay.
  uint64_t choose(uint64_t available);
  // The size beyond which nothing is known to be gained; 1 when merging does not pay.
  uint64_t best() const;
  bool pays() const { return best() > 1; }
  // ns of a run of that many rows; 0 when nothing like it was seen.
  double expected_ns(uint64_t rows) const;
  // What was seen so far: the smallest batch of each size class, and a run of it.
  std::vector<inference::MeasuredRun> measured() const;

 private:
  // Bucket i: sizes [2^i, 2^(i+1)).
  static constexpr size_t kBuckets = 20;
  static constexpr uint64_t kEnough = 3;       // runs of a size before it is believed
  static constexpr uint64_t kTryAgain = 1024;  // choices between two looks at a size that did not pay
  struct Bucket {
    uint64_t runs = 0;
    double ns_per_row = 0;
  };
  static size_t bucket_of(uint64_t rows);
  size_t best_bucket() const;

  uint64_t largest_;
  uint64_t choices_ = 0;
  std::array<Bucket, kBuckets> buckets_{};
};

}  // namespace oree::serving
