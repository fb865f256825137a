// Floats of 16 bits and fewer, bit by bit. Private to this room; the 16-bit ones are in numbers.h for all.
//
// Formats: IEEE 754 binary16; bfloat16; FP8 of "FP8 Formats for Deep Learning" (E4M3FN, E5M2) and their FNUZ
// variants (no negative zero, one NaN at 0x80, exponent bias one higher); FP4/FP6/E8M0 of the OCP MX
// specification 1.0.
#pragma once

#include <cstdint>

#include "platform/onnx/types.h"

namespace oree::onnx {

struct FloatFormat {
  int exponent_bits;
  int mantissa_bits;
  int bias;
  enum class Specials { ieee, one_nan, fnuz, none } specials;  // one_nan: all ones is NaN, no infinity
};

// nullptr for types that are no small float. E8M0 is none of these: it has no mantissa and no sign.
const FloatFormat* small_format(DataType type);

double decode_small(uint32_t bits, const FloatFormat& format);
// Nearest, ties to even. What is too large becomes infinity where there is one and `saturate` is false, else
// the largest.
uint32_t encode_small(double value, const FloatFormat& format, bool saturate);

}  // namespace oree::onnx
