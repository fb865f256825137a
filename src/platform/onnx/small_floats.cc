#include "platform/onnx/small_floats.h"

#include <cmath>
#include <limits>

#include "platform/onnx/numbers.h"

namespace oree::onnx {
namespace {

using Specials = FloatFormat::Specials;
constexpr FloatFormat kHalf{5, 10, 15, Specials::ieee};
constexpr FloatFormat kBfloat{8, 7, 127, Specials::ieee};
constexpr FloatFormat kE4m3fn{4, 3, 7, Specials::one_nan};
constexpr FloatFormat kE4m3fnuz{4, 3, 8, Specials::fnuz};
constexpr FloatFormat kE5m2{5, 2, 15, Specials::ieee};
constexpr FloatFormat kE5m2fnuz{5, 2, 16, Specials::fnuz};
constexpr FloatFormat kE2m1{2, 1, 1, Specials::none};
constexpr FloatFormat kE2m3{2, 3, 1, Specials::none};
constexpr FloatFormat kE3m2{3, 2, 3, Specials::none};

uint32_t all_ones(int bits) {
  return (uint32_t{1} << bits) - 1;
}

// Magnitude bits of the largest finite number.
uint32_t largest(const FloatFormat& format) {
  const uint32_t all = all_ones(format.exponent_bits + format.mantissa_bits);
  if (format.specials == Specials::ieee) return all - (uint32_t{1} << format.mantissa_bits);
  return format.specials == Specials::one_nan ? all - 1 : all;
}

uint32_t nan_bits(const FloatFormat& format) {
  const uint32_t sign = uint32_t{1} << (format.exponent_bits + format.mantissa_bits);
  switch (format.specials) {
    case Specials::ieee:
      return all_ones(format.exponent_bits) << format.mantissa_bits | uint32_t{1}
                                                                          << (format.mantissa_bits - 1);
    case Specials::one_nan:
      return sign - 1;
    case Specials::fnuz:
      return sign;
    case Specials::none:
      return 0;
  }
  return 0;
}

}  // namespace

const FloatFormat* small_format(DataType type) {
  switch (type) {
    case DataType::f16:
      return &kHalf;
    case DataType::bf16:
      return &kBfloat;
    case DataType::f8e4m3fn:
      return &kE4m3fn;
    case DataType::f8e4m3fnuz:
      return &kE4m3fnuz;
    case DataType::f8e5m2:
      return &kE5m2;
    case DataType::f8e5m2fnuz:
      return &kE5m2fnuz;
    case DataType::f4e2m1:
      return &kE2m1;
    case DataType::f6e2m3:
      return &kE2m3;
    case DataType::f6e3m2:
      return &kE3m2;
    default:
      return nullptr;
  }
}

double decode_small(uint32_t bits, const FloatFormat& format) {
  const int magnitude_bits = format.exponent_bits + format.mantissa_bits;
  const bool negative = (bits >> magnitude_bits & 1) != 0;
  const uint32_t magnitude = bits & all_ones(magnitude_bits);
  const uint32_t mantissa = magnitude & all_ones(format.mantissa_bits);
  const auto exponent = static_cast<int>(magnitude >> format.mantissa_bits);
  if (format.specials == Specials::fnuz && negative && magnitude == 0) return std::nan("");
  if (format.specials == Specials::one_nan && magnitude == all_ones(magnitude_bits)) return std::nan("");
  if (format.specials == Specials::ieee && magnitude > largest(format)) {
    if (mantissa != 0) return std::nan("");
    const double infinity = std::numeric_limits<double>::infinity();
    return negative ? -infinity : infinity;
  }
  const double value = exponent == 0
                           ? std::ldexp(static_cast<double>(mantissa), 1 - format.bias - format.mantissa_bits)
                           : std::ldexp(static_cast<double>(mantissa | uint32_t{1} << format.mantissa_bits),
                                        exponent - format.bias - format.mantissa_bits);
  return negative ? -value : value;
}

uint32_t encode_small(double value, const FloatFormat& format, bool saturate) {
  const int magnitude_bits = format.exponent_bits + format.mantissa_bits;
  if (std::isnan(value)) return nan_bits(format);
  const uint32_t sign = std::signbit(value) ? uint32_t{1} << magnitude_bits : 0;
  const double size = std::fabs(value);
  uint32_t magnitude = size == 0 ? 0 : largest(format) + 1;
  if (size > 0 && std::isfinite(size)) {
    int exponent = 0;
    (void)std::frexp(size, &exponent);  // size = f * 2^exponent, f in [0.5, 1)
    exponent = std::max(exponent - 1, 1 - format.bias);
    // In units of the last place there; std::nearbyint rounds ties to even.
    const double units = std::nearbyint(std::ldexp(size, format.mantissa_bits - exponent));
    const double first =
        static_cast<double>(exponent + format.bias - 1) * static_cast<double>(1 << format.mantissa_bits);
    const double bits = first + units;
    magnitude = bits > largest(format) ? largest(format) + 1 : static_cast<uint32_t>(bits);
  }
  if (magnitude > largest(format)) {
    if (format.specials == Specials::ieee && !saturate) {
      magnitude = all_ones(format.exponent_bits) << format.mantissa_bits;
    } else {
      magnitude = largest(format);
    }
  }
  if (format.specials == Specials::fnuz && magnitude == 0) return 0;
  return sign | magnitude;
}

float half_to_float(uint16_t half) {
  return static_cast<float>(decode_small(half, kHalf));
}
uint16_t float_to_half(float value) {
  return static_cast<uint16_t>(encode_small(value, kHalf, false));
}
float bfloat_to_float(uint16_t bfloat) {
  return static_cast<float>(decode_small(bfloat, kBfloat));
}
uint16_t float_to_bfloat(float value) {
  return static_cast<uint16_t>(encode_small(value, kBfloat, false));
}

}  // namespace oree::onnx
