// Randomness without a state: a number for each (seed, stream, place), the same for ever. Private to this
// room.
//
// The mixing is SplitMix64's finaliser (Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
// 2014), applied after each word.
#pragma once

#include <cstdint>

namespace oree::simulation {

inline uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

// One source of randomness for each purpose, so that asking for one more number changes no other.
enum class Stream : uint64_t {
  phase,
  speed,
  ambient,
  hardness,
  start,
  length,
  noise,
  drop_out,
  spike,
  slow,
  shake
};

class Dice {
 public:
  Dice(uint64_t seed, size_t robot) : key_(mix(mix(seed) ^ robot)) {}

  // In [0, 1).
  double uniform(Stream stream, int64_t place, uint64_t lane = 0) const {
    const uint64_t word =
        mix(mix(key_ ^ (static_cast<uint64_t>(stream) * 64 + lane)) ^ static_cast<uint64_t>(place));
    return static_cast<double>(word >> 11) * 0x1p-53;
  }
  double between(double low, double high, Stream stream, int64_t place, uint64_t lane = 0) const {
    return low + (high - low) * uniform(stream, place, lane);
  }
  // Mean 0, standard deviation 1, within ±3.5: a sum of four uniform numbers. Needs no library function, so
  // every machine gives the same digits.
  double bell(Stream stream, int64_t place, uint64_t lane = 0) const {
    double sum = -2;
    for (uint64_t i = 0; i < 4; ++i) sum += uniform(stream, place * 4 + static_cast<int64_t>(i), lane);
    return sum * 1.7320508075688772;
  }

 private:
  uint64_t key_;
};

}  // namespace oree::simulation
