#include "services/approvals/times_of_day.h"

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"

namespace oree::approvals {
namespace {

using std::chrono::minutes;

constexpr minutes kDay{24 * 60};
constexpr std::array<std::string_view, 7> kDays{"monday", "tuesday",  "wednesday", "thursday",
                                                "friday", "saturday", "sunday"};
struct Zone {
  std::string_view name;
  int hours;
};
constexpr std::array<Zone, 9> kZones{{{"UTC", 0},
                                      {"Z", 0},
                                      {"GMT", 0},
                                      {"WET", 0},
                                      {"WEST", 1},
                                      {"CET", 1},
                                      {"CEST", 2},
                                      {"EET", 2},
                                      {"EEST", 3}}};

std::string clock_text(minutes time) {
  const auto two = [](int64_t n) { return cat(n < 10 ? "0" : "", n); };
  return cat(two(time.count() / 60), ":", two(time.count() % 60));
}

}  // namespace

bool is_open(std::span<const TimesOfDay> windows, minutes offset, int64_t unix_ms) {
  const auto local =
      std::chrono::floor<minutes>(std::chrono::sys_time<milliseconds>(milliseconds(unix_ms))) + offset;
  const auto midnight = std::chrono::floor<std::chrono::days>(local);
  const minutes time = local - midnight;
  const size_t today = std::chrono::weekday(midnight).iso_encoding() - 1;
  const size_t yesterday = (today + 6) % 7;
  return std::ranges::any_of(windows, [&](const TimesOfDay& window) {
    if (window.from < window.to) return window.days[today] && time >= window.from && time < window.to;
    return (window.days[today] && time >= window.from) || (window.days[yesterday] && time < window.to);
  });
}

std::optional<minutes> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hours = parse_number<unsigned>(text.substr(0, 2));
  const auto rest = parse_number<unsigned>(text.substr(3));
  if (!hours || !rest || *rest > 59) return std::nullopt;
  const minutes time{*hours * 60 + *rest};
  return time <= kDay ? std::optional(time) : std::nullopt;
}

std::optional<minutes> parse_offset(std::string_view text) {
  const auto zone = std::ranges::find(kZones, text, &Zone::name);
  if (zone != kZones.end()) return std::chrono::hours(zone->hours);
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto time = parse_time_of_day(text.substr(1));
  if (!time || *time > std::chrono::hours(14)) return std::nullopt;
  return text[0] == '-' ? -*time : *time;
}

std::optional<size_t> parse_day(std::string_view text) {
  for (size_t i = 0; i < kDays.size(); ++i) {
    if (iequals(text, kDays[i]) || iequals(text, kDays[i].substr(0, 3))) return i;
  }
  return std::nullopt;
}

std::string text_of(const TimesOfDay& window) {
  std::string out;
  for (size_t i = 0; i < kDays.size(); ++i) {
    if (window.days[i]) out += cat(kDays[i].substr(0, 3), " ");
  }
  return cat(out, clock_text(window.from), "-", clock_text(window.to));
}

}  // namespace oree::approvals
