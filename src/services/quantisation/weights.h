// Weights as 8-bit integers, a scale for each output channel. Pure.
//
// Where a machine adds pairs of products in 16 bits, each channel is made safe in the way that costs it
// least: its scale is widened just so far that no pair can saturate, or the few weights of pairs that could
// are shortened, or both; the least squared error decides. Seven bits for all is the worst case of this.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace oree::quantisation {

struct QuantisedChannel {
  std::vector<int8_t> values;
  float scale = 1;
  bool narrowed = false;  // changed so that no pair saturates
};

// One channel in the order the kernel walks it; values in -127..127. `least_scale` keeps a bias within 32
// bits.
QuantisedChannel quantise_channel(std::span<const float> weights, bool safe_pairs, double least_scale);

}  // namespace oree::quantisation
