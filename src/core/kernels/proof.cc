#include "core/kernels/proof.h"

#include <algorithm>
#include <cstdlib>

namespace oree::kernels {

std::optional<size_t> unsafe_pair(std::span<const int8_t> weights) {
  for (size_t i = 0; i < weights.size(); i += 2) {
    const int first = weights[i], second = i + 1 < weights.size() ? weights[i + 1] : 0;
    const int above = (std::max(first, 0) + std::max(second, 0)) * 255;
    const int below = (std::min(first, 0) + std::min(second, 0)) * 255;
    if (above > 32'767 || below < -32'768) return i / 2;
  }
  return std::nullopt;
}

int64_t accumulator_bound(std::span<const int8_t> weights, int32_t bias, int lowest, int highest,
                          int zero_point) {
  // What pulls up and what pulls down; the extremes have all of one at one end and all of the other at the
  // other.
  int64_t up = 0, down = 0;
  for (const int w : weights) {
    up += std::max(w, 0);
    down += std::min(w, 0);
  }
  const int64_t low = lowest - zero_point, high = highest - zero_point;
  const int64_t above = bias + up * high + down * low, below = bias + up * low + down * high;
  const int64_t raw_above = up * highest + down * lowest, raw_below = up * lowest + down * highest;
  // The kernel first sums without the zero point and corrects by the weights' sum.
  return std::max({std::abs(above), std::abs(below), std::abs(raw_above), std::abs(raw_below)});
}

}  // namespace oree::kernels
