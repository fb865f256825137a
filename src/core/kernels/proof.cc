#include "core/kernels/proof.h"

#include <algorithm>
#include <cstdlib>

namespace oree::kernels {

namespace {

// In blocks of a known length, which the compiler takes many weights at a time.
template <class Term>
int64_t sum_of(std::span<const int8_t> weights, Term term) {
  constexpr size_t kBlock = 256;
  int64_t all = 0;
  for (; weights.size() >= kBlock; weights = weights.subspan(kBlock)) {
    int block = 0;
    for (size_t i = 0; i < kBlock; ++i) block += term(weights[i]);
    all += block;
  }
  for (const int w : weights) all += term(w);
  return all;
}

}  // namespace

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
  const int64_t sum = sum_of(weights, [](int w) { return w; });
  const int64_t sizes = sum_of(weights, [](int w) { return std::abs(w); });
  const int64_t up = (sizes + sum) / 2, down = (sum - sizes) / 2;
  const int64_t low = lowest - zero_point, high = highest - zero_point;
  const int64_t above = bias + up * high + down * low, below = bias + up * low + down * high;
  const int64_t raw_above = up * highest + down * lowest, raw_below = up * lowest + down * highest;
  // The kernel first sums without the zero point and corrects by the weights' sum.
  return std::max({std::abs(above), std::abs(below), std::abs(raw_above), std::abs(raw_below)});
}

}  // namespace oree::kernels
