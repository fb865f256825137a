#include "services/quantisation/weights.h"

#include <algorithm>
#include <cmath>

#include "core/kernels/proof.h"

namespace oree::quantisation {

namespace {

constexpr int kLargest = 127;
constexpr int kLargestPair = 128;  // 128 * 255 = 32,640 fits 16 bits, 129 * 255 does not

// Half to even, below 2^51: adding this leaves no bits behind the point. Unlike std::nearbyint() it is no
// call where the oldest x86-64 is compiled for, and all weights go through here forty times.
double round_even(double x) {
  constexpr double kNoFraction = 6'755'399'441'055'744;  // 1.5 * 2^52
  return (x + kNoFraction) - kNoFraction;
}

std::vector<int8_t> rounded(std::span<const float> weights, double scale) {
  std::vector<int8_t> values(weights.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    values[i] = static_cast<int8_t>(
        round_even(std::clamp(double{weights[i]} / scale, double{-kLargest}, double{kLargest})));
  }
  return values;
}

// Shortens the two of a pair that pull the same way, each by its share.
void shorten_pairs(std::vector<int8_t>& values) {
  for (size_t i = 0; i + 1 < values.size(); i += 2) {
    const int a = values[i], b = values[i + 1];
    if ((a > 0) != (b > 0) || std::abs(a + b) <= kLargestPair) continue;
    const int excess = std::abs(a + b) - kLargestPair;
    const int first = excess / 2;
    values[i] = static_cast<int8_t>(a > 0 ? a - first : a + first);
    values[i + 1] = static_cast<int8_t>(b > 0 ? b - (excess - first) : b + (excess - first));
  }
}

// Once it is no less than `least`, only that is said.
double squared_error(std::span<const float> weights, std::span<const int8_t> values, double scale,
                     double least) {
  constexpr size_t kBlock = 64;
  double sum = 0;
  for (size_t i = 0; i < weights.size() && sum < least;) {
    for (const size_t end = std::min(i + kBlock, weights.size()); i < end; ++i) {
      const double error = double{weights[i]} - values[i] * scale;
      sum += error * error;
    }
  }
  return sum;
}

}  // namespace

QuantisedChannel quantise_channel(std::span<const float> weights, bool safe_pairs, double least_scale) {
  double largest = 0;
  for (const float w : weights) largest = std::max(largest, std::abs(double{w}));
  const double plain = std::max({largest / kLargest, least_scale, 1e-30});
  QuantisedChannel channel{rounded(weights, static_cast<float>(plain)), static_cast<float>(plain), false};
  if (!safe_pairs || !kernels::unsafe_pair(channel.values)) return channel;
  channel.narrowed = true;
  double least = INFINITY;
  constexpr int kSteps = 40;
  const double sevenfold = largest / kernels::kSafeWeight;  // all weights in 7 bits: always safe
  for (int step = 0; step <= kSteps; ++step) {
    const auto scale = static_cast<float>(plain + std::max(sevenfold - plain, 0.0) * step / kSteps);
    std::vector<int8_t> values = rounded(weights, double{scale});
    shorten_pairs(values);  // none is left that could saturate
    const double error = squared_error(weights, values, double{scale}, least);
    if (error >= least) continue;
    least = error;
    channel.values = std::move(values);
    channel.scale = scale;
  }
  return channel;
}

}  // namespace oree::quantisation
