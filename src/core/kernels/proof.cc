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
  int64_t above = bias, below = bias, raw_above = 0, raw_below = 0;
  for (const int64_t w : weights) {
    const int64_t low = w * (lowest - zero_point), high = w * (highest - zero_point);
    above += std::max(low, high);
    below += std::min(low, high);
    raw_above += std::max(w * lowest, w * highest);
    raw_below += std::min(w * lowest, w * highest);
  }
  // The kernel first sums without the zero point and corrects by the weights' sum.
  return std::max({std::abs(above), std::abs(below), std::abs(raw_above), std::abs(raw_below)});
}

}  // namespace oree::kernels
