// What a tensor's values looked like over all samples, in 16 KB, and the same whatever the samples were cut
// into.
//
// The bins have a width that is a power of two and lie at its multiples. When values come that do not fit,
// the width is doubled and neighbouring bins become one; since floor(x / 2w) = floor(floor(x / w) / 2), the
// counts are those that the wider bins would have had from the start. So the state depends on the values
// alone, not on their order, the size of the batches or the number of threads. Zeros, which ReLU makes in
// great number, have a counter of their own.
//
// A value type; not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace oree::calibration {

class Histogram {
 public:
  static constexpr int kBins = 4096;  // of 32 bits: 16 KB

  struct Reach {
    float low = 0, high = 0;
  };
  // The least and the largest of these values; {} of none. `invalid` when one is not a number or infinite,
  // naming its place; nothing is added then. `full` when a bin holds 2^32 values.
  Result<Reach> add(std::span<const float> values);

  uint64_t count() const { return count_; }  // zeros included
  uint64_t zeros() const { return zeros_; }
  float min() const { return min_; }  // 0 when nothing was added
  float max() const { return max_; }
  double width() const;  // of one bin

  // Bins that may hold something are first()..last(); bin k covers [k, k+1) * width().
  int first() const;
  int last() const;
  uint32_t at(int bin) const { return bins_[static_cast<size_t>(bin) & (kBins - 1)]; }
  double centre(int bin) const { return (bin + 0.5) * width(); }

  // The same bytes for the same values: for tests and for the digest in a certificate.
  std::string bytes() const;

 private:
  void widen_for(float low, float high);
  void count(std::span<const float> values);  // zeros too

  int exponent_ = -120;  // of the width
  float min_ = 0, max_ = 0;
  uint64_t count_ = 0, zeros_ = 0;
  std::array<uint32_t, kBins> bins_{};  // by the low bits of the bin's number; zeros are counted elsewhere
};

}  // namespace oree::calibration
