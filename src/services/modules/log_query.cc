#include "services/modules/log_query.h"

#include <array>
#include <cctype>

#include "base/text.h"

namespace oree::modules {
namespace {

struct Unit {
  std::string_view name;
  int64_t seconds;
};
// The words of the original's duration parser, singular; an 's' may follow.
constexpr std::array kUnits{Unit{"second", 1},    Unit{"sec", 1},           Unit{"s", 1},
                            Unit{"minute", 60},   Unit{"min", 60},          Unit{"m", 60},
                            Unit{"hour", 3600},   Unit{"hr", 3600},         Unit{"h", 3600},
                            Unit{"day", 86'400},  Unit{"d", 86'400},        Unit{"week", 604'800},
                            Unit{"w", 604'800},   Unit{"month", 2'630'016}, Unit{"year", 31'557'600},
                            Unit{"y", 31'557'600}};

std::optional<int64_t> unit_seconds(std::string_view word) {
  for (const auto& unit : kUnits) {
    if (word == unit.name || (word.ends_with('s') && word.substr(0, word.size() - 1) == unit.name))
      return unit.seconds;
  }
  return std::nullopt;
}

// "2 days 3 hours" → seconds.
std::optional<int64_t> parse_span(std::string_view text) {
  int64_t total = 0;
  bool any = false;
  for (text = trim(text); !text.empty(); text = trim(text)) {
    size_t digits = 0;
    while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits]))) ++digits;
    const auto number = parse_number<int64_t>(text.substr(0, digits));
    if (!number || *number > 1'000'000'000) return std::nullopt;
    text = trim(text.substr(digits));
    size_t letters = 0;
    while (letters < text.size() && std::isalpha(static_cast<unsigned char>(text[letters]))) ++letters;
    const auto unit = unit_seconds(lower(text.substr(0, letters)));
    if (!unit) return std::nullopt;
    total += *number * *unit;
    if (total > 100 * 31'557'600LL) return std::nullopt;
    any = true;
    text.remove_prefix(letters);
  }
  return any ? std::optional(total) : std::nullopt;
}

}  // namespace

Result<WallTime> parse_log_time(std::string_view text, WallTime now) {
  if (const auto seconds = parse_number<int64_t>(text);
      seconds && *seconds >= 0 && *seconds < 100'000'000'000)
    return WallTime(std::chrono::seconds(*seconds));
  if (const auto span = parse_span(text)) return now - std::chrono::seconds(*span);
  if (const auto time = parse_iso(text)) return *time;
  return fail(ErrorKind::invalid, cat("'", text,
                                      "' is no time: use a duration such as \"1 day\" or \"2 hours 30 min\", "
                                      "2026-01-31T08:00:00Z, or seconds since 1970"));
}

Result<std::optional<size_t>> parse_tail(std::string_view text) {
  if (text == "all") return std::optional<size_t>();
  if (const auto number = parse_number<size_t>(text)) return std::optional(*number);
  return fail(ErrorKind::invalid, cat("'", text, "' is no number of lines: use a whole number, or all"));
}

}  // namespace oree::modules
