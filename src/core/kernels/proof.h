// What can be proven of one output channel's weights without running anything. Pure.
//
// A pair (2i, 2i+1) of weights is safe when no two activations in 0..255 can make its sum leave 16 bits:
// (max(w,0) + max(w',0)) * 255 <= 32,767 and the same below. The accumulator is bounded by what all
// activations at their worst would sum to, minus what the zero point takes off, plus the bias.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace oree::kernels {

// Largest 7-bit weight: 2 * 64 * 255 = 32,640.
constexpr int kSafeWeight = 64;

// The first pair that can saturate; nullopt: none can. K in the order the kernel walks it.
std::optional<size_t> unsafe_pair(std::span<const int8_t> weights);

// Largest |accumulator| for activations within [lowest, highest], whose zero point is subtracted.
int64_t accumulator_bound(std::span<const int8_t> weights, int32_t bias, int lowest, int highest,
                          int zero_point);

constexpr int64_t kLargestAccumulator = 2'147'483'647;

}  // namespace oree::kernels
