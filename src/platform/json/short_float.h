// The numbers that tensors are written in, "-12.3456789012345678": most of a picture's three megabytes.
// Nearly without branches that depend on the digits, which is what costs time. Private to this room, for
// number.h.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "platform/json/number_parts.h"

namespace oree::json::number {

// Of the eight characters, how many of the first are digits.
inline unsigned leading_digits(uint64_t word) {
  const uint64_t flags = ((word + 0x4646464646464646) | (word - kZeros)) & 0x8080808080808080;
  return static_cast<unsigned>(std::countr_zero(flags)) >> 3;
}

// Their value as if zeros stood behind the first `count` characters.
inline uint64_t padded_value(uint64_t word, unsigned count) {
  const uint64_t kept = count >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * count)) - 1;
  return value_of_eight((word - kZeros) & kept);
}

// Past a sign, up to three digits, a point and up to 23 more, when the float nearest to them is beyond doubt;
// nullptr for whatever else there is, valid or not.
inline const char* take_short_float(const char* text, const char* readable, float& out) {
  constexpr std::ptrdiff_t kLongest = 32;
  if (std::endian::native != std::endian::little || readable - text < kLongest) return nullptr;
  const bool negative = *text == '-';
  const char* at = text + negative;
  if (!is_digit(*at)) return nullptr;
  auto whole = static_cast<uint64_t>(*at++ - '0');
  for (int i = 0; i < 2 && is_digit(*at) && whole > 0; ++i)
    whole = whole * 10 + static_cast<uint64_t>(*at++ - '0');
  if (*at++ != '.' || whole >= 900) return nullptr;  // so that the mantissa stays below 2^63
  uint64_t words[3];
  std::memcpy(words, at, sizeof words);
  unsigned digits = leading_digits(words[0]);
  const uint64_t high = padded_value(words[0], digits);
  uint64_t low = 0;
  if (digits == 8) {
    const unsigned second = leading_digits(words[1]);
    low = padded_value(words[1], second);
    digits += second == 8 ? 8 + leading_digits(words[2]) : second;
  }
  at += digits;
  if (digits == 0 || digits == 24 || (*at | 0x20) == 'e') return nullptr;
  // Sixteen digits behind the point. Leaving out those beyond, if there are any, and rounding three times
  // move the double by less than 1000 units in its last place.
  const uint64_t mantissa = whole * 10'000'000'000'000'000 + high * 100'000'000 + low;
  if (digits > 16 && mantissa < 10'000'000'000'000) return nullptr;
  const double near = static_cast<double>(static_cast<int64_t>(mantissa)) * 1e-16;
  if (!one_float_near(near, 1024)) return nullptr;
  const auto value = std::bit_cast<uint32_t>(static_cast<float>(near));
  out = std::bit_cast<float>(value | static_cast<uint32_t>(negative) << 31);
  return at;
}

}  // namespace oree::json::number
