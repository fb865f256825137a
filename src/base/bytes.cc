#include "base/bytes.h"

#include <array>
#include <limits>

#include "base/text.h"

namespace oree {
namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};
constexpr std::array kUnits{
    Unit{"kib", 1ull << 10},
    Unit{"mib", 1ull << 20},
    Unit{"gib", 1ull << 30},
    Unit{"tib", 1ull << 40},
    Unit{"kb", 1'000},
    Unit{"mb", 1'000'000},
    Unit{"gb", 1'000'000'000},
    Unit{"tb", 1'000'000'000'000},
    Unit{"b", 1},
    Unit{"", 1},
};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::byte b : bytes) {
    out += kDigits[static_cast<size_t>(b) >> 4];
    out += kDigits[static_cast<size_t>(b) & 15];
  }
  return out;
}

std::optional<ByteBuffer> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  ByteBuffer out;
  out.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<std::byte>(high * 16 + low));
  }
  return out;
}

std::optional<uint64_t> parse_size(std::string_view text) {
  text = trim(text);
  const size_t digits = text.find_first_not_of("0123456789.");
  const auto number = parse_number<double>(text.substr(0, digits));
  const std::string unit = digits == std::string_view::npos ? "" : lower(trim(text.substr(digits)));
  if (!number || *number < 0) return std::nullopt;
  for (const auto& [name, factor] : kUnits) {
    if (unit != name) continue;
    const double bytes = *number * static_cast<double>(factor);
    if (bytes >= static_cast<double>(std::numeric_limits<int64_t>::max())) return std::nullopt;
    return static_cast<uint64_t>(bytes);
  }
  return std::nullopt;
}

std::string size_text(uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kNames{"B", "kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1000 && unit + 1 < kNames.size()) {
    value /= 1000;
    ++unit;
  }
  return cat(fixed(value, unit == 0 || value >= 100 ? 0 : 1), " ", kNames[unit]);
}

}  // namespace oree
