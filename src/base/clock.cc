#include "base/clock.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "base/text.h"

namespace oree {
namespace {

struct Unit {
  std::string_view name;
  double microseconds;
};
constexpr std::array kUnits{
    Unit{"us", 1}, Unit{"ms", 1e3}, Unit{"s", 1e6}, Unit{"min", 6e7}, Unit{"h", 3.6e9}, Unit{"d", 8.64e10},
};

// Reads exactly `digits` digits from the front of `text`.
std::optional<int> take_digits(std::string_view& text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take_char(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<microseconds> take_fraction(std::string_view& text) {
  int64_t value = 0;
  int64_t place = 100'000;
  size_t count = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    value += place * (text.front() - '0');
    place /= 10;
    text.remove_prefix(1);
    ++count;
  }
  if (count == 0) return std::nullopt;
  return microseconds(value);
}

std::optional<microseconds> take_zone(std::string_view& text) {
  if (text.empty() || take_char(text, 'Z')) return microseconds(0);
  const char sign = text.front();
  if (sign != '+' && sign != '-') return std::nullopt;
  text.remove_prefix(1);
  const auto hours = take_digits(text, 2);
  take_char(text, ':');
  const auto minutes = text.empty() ? std::optional(0) : take_digits(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const microseconds offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return sign == '+' ? offset : -offset;
}

std::optional<microseconds> take_time_of_day(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || !take_char(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  int second = 0;
  microseconds fraction(0);
  if (take_char(text, ':')) {
    const auto digits = take_digits(text, 2);
    if (!digits) return std::nullopt;
    second = *digits;
    if (take_char(text, '.')) {
      const auto parsed = take_fraction(text);
      if (!parsed) return std::nullopt;
      fraction = *parsed;
    }
  }
  if (!minute || *hour > 23 || *minute > 59 || second > 60) return std::nullopt;
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(second) + fraction;
}

}  // namespace

WallTime SystemClock::wall() const {
  return std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
}

MonoTime SystemClock::mono() const {
  return std::chrono::steady_clock::now();
}

std::string iso_text(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return buffer;
}

std::optional<WallTime> parse_iso(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take_char(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take_char(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const WallTime midnight{std::chrono::sys_days(date)};
  if (text.empty()) return midnight;
  if (!take_char(text, 'T') && !take_char(text, ' ')) return std::nullopt;
  const auto time = take_time_of_day(text);
  const auto offset = time ? take_zone(text) : std::nullopt;
  if (!offset || !text.empty()) return std::nullopt;
  return midnight + *time - *offset;
}

std::optional<microseconds> parse_duration(std::string_view text) {
  text = trim(text);
  const size_t digits = text.find_first_not_of("0123456789.");
  const auto number = parse_number<double>(text.substr(0, digits));
  if (!number || digits == std::string_view::npos) return std::nullopt;
  for (const auto& [name, factor] : kUnits) {
    if (trim(text.substr(digits)) != name) continue;
    const double value = *number * factor;
    if (value > 3.2e15) return std::nullopt;  // a hundred years
    return microseconds(std::llround(value));
  }
  return std::nullopt;
}

std::string duration_text(microseconds duration) {
  const double value = static_cast<double>(duration.count());
  const Unit* best = kUnits.data();
  for (const auto& unit : kUnits) {
    if (std::abs(value) >= unit.microseconds) best = &unit;
  }
  const double shown = value / best->microseconds;
  const int decimals = std::abs(shown - std::round(shown)) < 0.05 ? 0 : 1;
  return cat(fixed(shown, decimals), " ", best->name);
}

}  // namespace oree
