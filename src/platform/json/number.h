// One JSON number (RFC 8259 §6) or boolean at the front of a text. Private to this room.
//
// Ours, because simdjson's on-demand getters give wrong doubles for long numbers in versions that
// distributions ship: 0.46751106176151106176154 comes out of 3.0.1 as 0.00007. Short numbers take Clinger's
// exact way (at most 2^53, times or over a power of ten that is exact); the rest goes to std::from_chars.
// Both round correctly.
//
// `text` must be followed by at least 8 readable bytes, as padded text is.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

namespace oree::json {

namespace number {

inline bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

// Eight digits at once (D. Lemire, "Quickly parsing eight digits"); little-endian machines only.
inline bool take_eight(const char* at, uint64_t& mantissa) {
  if constexpr (std::endian::native != std::endian::little) return false;
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  constexpr uint64_t kZeros = 0x3030303030303030;
  const uint64_t above_nine = word + 0x4646464646464646;
  const uint64_t digits = word - kZeros;
  if (((above_nine | digits) & 0x8080808080808080) != 0) return false;
  uint64_t value = digits * 10 + (digits >> 8);
  constexpr uint64_t kMask = 0x000000FF000000FF;
  value = ((value & kMask) * 0x000F424000000064 + ((value >> 16) & kMask) * 0x0000271000000001) >> 32;
  mantissa = mantissa * 100'000'000 + (value & 0xFFFFFFFF);
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
inline const char* take_parts(const char* at, Parts& parts) {
  parts.negative = *at == '-';
  if (parts.negative) ++at;
  const char* const first = at;
  for (; is_digit(*at); ++at) parts.mantissa = parts.mantissa * 10 + static_cast<uint64_t>(*at - '0');
  parts.digits = at - first;
  if (parts.digits == 0 || (*first == '0' && parts.digits > 1)) return nullptr;
  if (*at == '.') {
    const char* const point = ++at;
    while (take_eight(at, parts.mantissa)) at += 8;
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

}  // namespace number

// Past the number; nullptr when there is none or it is out of T's range. What follows is the caller's to
// check.
inline const char* take_number(const char* text, double& out) {
  number::Parts parts;
  const char* const end = number::take_parts(text, parts);
  if (!end) return nullptr;
  constexpr uint64_t kExact = uint64_t{1} << 53;
  if (parts.digits <= 19 && parts.mantissa <= kExact && parts.exponent >= -22 && parts.exponent <= 22) {
    const double value = static_cast<double>(parts.mantissa);
    const double scaled = parts.exponent < 0
                              ? value / number::kPowersOfTen[static_cast<size_t>(-parts.exponent)]
                              : value * number::kPowersOfTen[static_cast<size_t>(parts.exponent)];
    out = parts.negative ? -scaled : scaled;
    return end;
  }
  return number::slow_double(text, end, parts, out) ? end : nullptr;
}

// Rounded to double first, as most writers of JSON did before.
inline const char* take_number(const char* text, float& out) {
  double wide;
  const char* const end = take_number(text, wide);
  if (!end) return nullptr;
  out = static_cast<float>(wide);
  return out <= std::numeric_limits<float>::max() && out >= std::numeric_limits<float>::lowest() ? end
                                                                                                 : nullptr;
}

template <std::integral T>
  requires(!std::same_as<T, bool>)
const char* take_number(const char* text, T& out) {
  number::Parts parts;
  const char* const end = number::take_parts(text, parts);
  if (!end || !parts.is_integer) return nullptr;
  if (parts.digits > 18) {
    const auto [to, error] = std::from_chars(text, end, out);
    return error == std::errc{} && to == end ? end : nullptr;
  }
  const auto value = static_cast<int64_t>(parts.mantissa);
  const int64_t with_sign = parts.negative ? -value : value;
  if (!std::in_range<T>(with_sign)) return nullptr;
  out = static_cast<T>(with_sign);
  return end;
}

inline const char* take_number(const char* text, bool& out) {
  const std::string_view five(text, 5);
  out = five.starts_with("true");
  if (out) return text + 4;
  return five == "false" ? text + 5 : nullptr;
}

}  // namespace oree::json
