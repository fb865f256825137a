// The parts of a JSON number as written, and the fast way from them to a double. Private to this room, for
// number.h, which says what its memory must be like.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace oree::json {

namespace number {

inline bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

constexpr uint64_t kZeros = 0x3030303030303030;

// The number that eight digits mean, given as 0 to 9 in a little-endian machine's word (D. Lemire, "Quickly
// parsing eight digits").
inline uint64_t value_of_eight(uint64_t digits) {
  constexpr uint64_t kMask = 0x000000FF000000FF;
  const uint64_t pairs = digits * 10 + (digits >> 8);
  return ((pairs & kMask) * 0x000F424000000064 + ((pairs >> 16) & kMask) * 0x0000271000000001) >> 32;
}

// Eight digits at once; little-endian machines only.
inline bool take_eight(const char* at, const char* readable, uint64_t& mantissa) {
  if (std::endian::native != std::endian::little || readable - at < 8) return false;
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  const uint64_t above_nine = word + 0x4646464646464646;
  const uint64_t digits = word - kZeros;
  if (((above_nine | digits) & 0x8080808080808080) != 0) return false;
  mantissa = mantissa * 100'000'000 + value_of_eight(digits);
  return true;
}

inline constexpr std::array<double, 23> kPowersOfTen{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// The parts of a number as written. Mantissa wraps beyond 19 digits.
struct Parts {
  bool negative = false;
  bool is_integer = true;
  uint64_t mantissa = 0;
  int64_t digits = 0;  // all of them, leading zeros too
  int64_t exponent = 0;
};

// Past the exponent; nullptr when there is none. Far beyond any double it stays where it is.
inline const char* take_exponent(const char* at, int64_t& exponent) {
  constexpr int64_t kFar = 1'000'000;
  const bool negative = *at == '-';
  if (*at == '-' || *at == '+') ++at;
  if (!is_digit(*at)) return nullptr;
  int64_t value = 0;
  for (; is_digit(*at); ++at) value = std::min(value * 10 + (*at - '0'), kFar);
  exponent += negative ? -value : value;
  return at;
}

// Past the number; nullptr when there is none.
inline const char* take_parts(const char* at, const char* readable, Parts& parts) {
  parts.negative = *at == '-';
  if (parts.negative) ++at;
  const char* const first = at;
  for (; is_digit(*at); ++at) parts.mantissa = parts.mantissa * 10 + static_cast<uint64_t>(*at - '0');
  parts.digits = at - first;
  if (parts.digits == 0 || (*first == '0' && parts.digits > 1)) return nullptr;
  if (*at == '.') {
    const char* const point = ++at;
    while (take_eight(at, readable, parts.mantissa)) at += 8;
    for (; is_digit(*at); ++at) parts.mantissa = parts.mantissa * 10 + static_cast<uint64_t>(*at - '0');
    if (at == point) return nullptr;
    parts.is_integer = false;
    parts.exponent = -(at - point);
    parts.digits += at - point;
  }
  if (*at != 'e' && *at != 'E') return at;
  parts.is_integer = false;
  return take_exponent(at + 1, parts.exponent);
}

// False when the number is beyond every double; too small for any becomes zero.
inline bool slow_double(const char* from, const char* to, const Parts& parts, double& out) {
  if (std::from_chars(from, to, out).ec == std::errc{}) return true;
  int64_t zeros = 0;
  for (const char* at = from + parts.negative; *at == '0' || *at == '.'; ++at) zeros += *at == '0' ? 1 : 0;
  out = parts.negative ? -0.0 : 0.0;
  return parts.digits - zeros + parts.exponent <= 0;
}

// The parts' value, rounded twice at most: wrong by 2 units in the last place. Precondition: 19 digits or
// fewer, the exponent within the powers of ten.
inline double scaled(const Parts& parts) {
  const auto value = static_cast<double>(parts.mantissa);
  return parts.exponent < 0 ? value / kPowersOfTen[static_cast<size_t>(-parts.exponent)]
                            : value * kPowersOfTen[static_cast<size_t>(parts.exponent)];
}

inline bool within_powers(const Parts& parts) {
  return parts.digits <= 19 && parts.exponent >= -22 && parts.exponent <= 22;
}

// Whether every double within so many units of `value` rounds to the same float, a normal one; zero is only
// zero.
inline bool one_float_near(double value, uint64_t units) {
  constexpr uint64_t kBelow = (uint64_t{1} << 29) - 1;  // bits that a float has no room for
  constexpr uint64_t kMiddle = uint64_t{1} << 28;
  const uint64_t below = std::bit_cast<uint64_t>(value) & kBelow;
  const bool clear = below < kMiddle - units || below > kMiddle + units;
  return value == 0 || (clear && value >= 0x1p-125 && value <= 0x1p126);
}

}  // namespace number

}  // namespace oree::json
