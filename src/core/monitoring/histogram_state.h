// What a Histogram counts. Private to this room.
#pragma once

#include <array>
#include <bit>

#include "core/monitoring/metrics.h"

namespace oree::monitoring {

// Fine buckets: values below 32 µs exactly, then 32 per power of two, up to 2^32 µs (71 minutes).
constexpr uint64_t kPerOctave = 32;
constexpr int kOctaveBits = 5;
constexpr uint64_t kLargest = (1ull << 32) - 1;
constexpr size_t kFineBuckets = (32 - kOctaveBits + 1) * kPerOctave;

constexpr size_t fine_bucket(uint64_t us) {
  if (us < kPerOctave) return static_cast<size_t>(us);
  const int shift = static_cast<int>(std::bit_width(us)) - 1 - kOctaveBits;
  return static_cast<size_t>((static_cast<uint64_t>(shift) + 1) * kPerOctave + ((us >> shift) - kPerOctave));
}

constexpr uint64_t middle_of_bucket(size_t bucket) {
  if (bucket < kPerOctave) return bucket;
  const uint64_t shift = bucket / kPerOctave - 1;
  const uint64_t low = (kPerOctave + bucket % kPerOctave) << shift;
  return low + ((1ull << shift) >> 1);
}

// The ladder Prometheus sees, in µs; counted apart, so that `le` is exact.
constexpr std::array<uint64_t, 20> kLadder{100,        250,        500,        1'000,       2'500,
                                           5'000,      10'000,     25'000,     50'000,      100'000,
                                           250'000,    500'000,    1'000'000,  2'500'000,   5'000'000,
                                           10'000'000, 30'000'000, 60'000'000, 300'000'000, 3'600'000'000};

struct Histogram::State {
  std::array<std::atomic<uint64_t>, kFineBuckets> fine{};
  std::array<std::atomic<uint64_t>, kLadder.size() + 1> ladder{};
  std::atomic<uint64_t> sum_us{0};
};

}  // namespace oree::monitoring
