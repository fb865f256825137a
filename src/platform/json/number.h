// One JSON number (RFC 8259 §6) or boolean at the front of a text. Private to this room.
//
// Ours, because simdjson's on-demand getters give wrong doubles for long numbers in versions that
// distributions ship: 0.46751106176151106176154 comes out of 3.0.1 as 0.00007. Short numbers take Clinger's
// exact way (at most 2^53, times or over a power of ten that is exact); the rest goes to std::from_chars.
// Both round correctly.
//
// A number must be followed by something that is none (a comma, a bracket); `readable` is where the memory
// ends that may be looked at, so that text needs no padding. Some of it before gives the fast ways room.
#pragma once

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include "platform/json/number_parts.h"
#include "platform/json/short_float.h"

namespace oree::json {

// Past the number; nullptr when there is none or it is out of T's range. What follows is the caller's to
// check.
inline const char* take_number(const char* text, const char* readable, double& out) {
  number::Parts parts;
  const char* const end = number::take_parts(text, readable, parts);
  if (!end) return nullptr;
  constexpr uint64_t kExact = uint64_t{1} << 53;
  if (number::within_powers(parts) && parts.mantissa <= kExact) {
    const double value = number::scaled(parts);
    out = parts.negative ? -value : value;
    return end;
  }
  return number::slow_double(text, end, parts, out) ? end : nullptr;
}

// Rounded to double first, as most writers of JSON did before.
inline const char* take_number(const char* text, const char* readable, float& out) {
  if (const char* const past = number::take_short_float(text, readable, out)) return past;
  number::Parts parts;
  const char* const end = number::take_parts(text, readable, parts);
  if (!end) return nullptr;
  if (number::within_powers(parts)) {
    const double near = number::scaled(parts);
    if (number::one_float_near(near, 4)) {
      out = static_cast<float>(parts.negative ? -near : near);
      return end;
    }
  }
  double wide;
  if (!take_number(text, readable, wide)) return nullptr;
  out = static_cast<float>(wide);
  return out <= std::numeric_limits<float>::max() && out >= std::numeric_limits<float>::lowest() ? end
                                                                                                 : nullptr;
}

template <std::integral T>
  requires(!std::same_as<T, bool>)
const char* take_number(const char* text, const char*, T& out) {
  const bool negative = *text == '-';
  const char* const first = text + negative;
  const char* at = first;
  uint64_t value = 0;
  for (; number::is_digit(*at); ++at) value = value * 10 + static_cast<uint64_t>(*at - '0');
  const auto digits = at - first;
  if (digits == 0 || (*first == '0' && digits > 1) || *at == '.' || (*at | 0x20) == 'e') return nullptr;
  if (digits > 18) {
    const auto [to, error] = std::from_chars(text, at, out);
    return error == std::errc{} && to == at ? at : nullptr;
  }
  const int64_t with_sign = negative ? -static_cast<int64_t>(value) : static_cast<int64_t>(value);
  if (!std::in_range<T>(with_sign)) return nullptr;
  out = static_cast<T>(with_sign);
  return at;
}

inline const char* take_number(const char* text, const char* readable, bool& out) {
  const std::string_view five(text, std::min<size_t>(5, static_cast<size_t>(readable - text)));
  out = five.starts_with("true");
  if (out) return text + 4;
  return five == "false" ? text + 5 : nullptr;
}

}  // namespace oree::json
