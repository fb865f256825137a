// Hours of the week in which something may happen: "mon to fri from 06:00 to 22:00", at a fixed offset from
// UTC. Pure. A window that ends at or before its start goes on past midnight and belongs to the day it began.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace oree::approvals {

struct TimesOfDay {
  std::array<bool, 7> days{};  // Monday first
  std::chrono::minutes from{0};
  std::chrono::minutes to{24 * 60};
  bool operator==(const TimesOfDay&) const = default;
};

bool is_open(std::span<const TimesOfDay> windows, std::chrono::minutes offset, int64_t unix_ms);

// "06:30", "24:00"
std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text);
// "UTC", "+01:00", "-05:30", or a name with one fixed offset: GMT, WET, WEST, CET, CEST, EET, EEST. No place
// whose clocks change: nobody could tell from the file alone what it said last winter.
std::optional<std::chrono::minutes> parse_offset(std::string_view text);
// "mon", … or its long name.
std::optional<size_t> parse_day(std::string_view text);
// "mon tue 06:00-22:00"
std::string text_of(const TimesOfDay& window);

}  // namespace oree::approvals
