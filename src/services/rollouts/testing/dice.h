// Random numbers that are the same everywhere for the same seed; the standard's distributions are not.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace oree::rollouts::testing {

class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 0x1234567) {}
  uint64_t bits() {  // splitmix64
    uint64_t x = (state_ += 0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  double between(double low, double high) { return low + (high - low) * uniform(); }
  int below(int n) { return static_cast<int>(uniform() * n); }
  bool happens(double probability) { return uniform() < probability; }
  double exponential(double mean) { return -mean * std::log(1 - uniform()); }
  double normal() {
    if (has_spare_) return has_spare_ = false, spare_;
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    const double angle = 2 * std::numbers::pi * uniform();
    spare_ = radius * std::sin(angle);
    has_spare_ = true;
    return radius * std::cos(angle);
  }
  uint64_t poisson(double mean) {
    if (mean > 40) return static_cast<uint64_t>(std::max(0.0, std::round(mean + std::sqrt(mean) * normal())));
    const double limit = std::exp(-mean);
    uint64_t times = 0;
    for (double product = uniform(); product > limit; product *= uniform()) ++times;
    return times;
  }
  uint64_t binomial(uint64_t n, double p) {
    uint64_t times = 0;
    for (uint64_t i = 0; i < n; ++i) times += happens(p) ? 1 : 0;
    return times;
  }

 private:
  uint64_t state_;
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace oree::rollouts::testing
