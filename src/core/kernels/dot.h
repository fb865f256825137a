// Sums of products of 8-bit integers as processors make them. Thread-safe, pure.
//
// `a` holds activations as bytes, unsigned or signed; `w` signed weights. dot_saturating() is VPMADDUBSW
// followed by VPMADDWD with ones: products of elements 2i and 2i+1 are added in 16 bits that saturate, the
// sums of pairs exactly in 32 bits; a last odd element is a pair with zero, as the kernels pad.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace oree::kernels {

int32_t dot_exact(std::span<const uint8_t> a, std::span<const int8_t> w);
int32_t dot_exact(std::span<const int8_t> a, std::span<const int8_t> w);
int32_t dot_saturating(std::span<const uint8_t> a, std::span<const int8_t> w);

// The same in plain C++, and with the instruction itself where this processor has it: for tests that hold one
// against the other.
int32_t dot_saturating_plain(std::span<const uint8_t> a, std::span<const int8_t> w);
bool has_saturating_instruction();
int32_t dot_saturating_by_instruction(std::span<const uint8_t> a, std::span<const int8_t> w);

// What MLAS does with an accumulator: float(acc) * scale, clipped, rounded half to even, plus the zero point.
inline int32_t requantise(int32_t accumulator, float scale, int32_t zero_point, int32_t lowest,
                          int32_t highest) {
  float value = static_cast<float>(accumulator) * scale;
  const auto low = static_cast<float>(lowest - zero_point), high = static_cast<float>(highest - zero_point);
  value = value < low ? low : value > high ? high : value;
  return static_cast<int32_t>(__builtin_rintf(value)) + zero_point;
}

}  // namespace oree::kernels
