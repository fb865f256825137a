#include "core/tsql/times.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/clock.h"
#include "base/text.h"

namespace oree::tsql {
namespace {

using namespace std::chrono;

constexpr Micros kSecond = 1'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute;

Micros floor_to(Micros time, Micros step, Micros origin) {
  const Micros into = (time - origin) % step;
  return time - (into < 0 ? into + step : into);
}

struct UnitRow {
  std::string_view name;
  Unit unit;
};

constexpr std::array<UnitRow, 32> kUnits{{
    {"microsecond", Unit::microsecond},
    {"mcs", Unit::microsecond},
    {"millisecond", Unit::millisecond},
    {"ms", Unit::millisecond},
    {"second", Unit::second},
    {"ss", Unit::second},
    {"s", Unit::second},
    {"minute", Unit::minute},
    {"mi", Unit::minute},
    {"n", Unit::minute},
    {"hour", Unit::hour},
    {"hh", Unit::hour},
    {"day", Unit::day},
    {"dd", Unit::day},
    {"d", Unit::day},
    {"week", Unit::week},
    {"wk", Unit::week},
    {"ww", Unit::week},
    {"month", Unit::month},
    {"mm", Unit::month},
    {"m", Unit::month},
    {"quarter", Unit::quarter},
    {"qq", Unit::quarter},
    {"q", Unit::quarter},
    {"year", Unit::year},
    {"yy", Unit::year},
    {"yyyy", Unit::year},
    {"seconds", Unit::second},
    {"minutes", Unit::minute},
    {"hours", Unit::hour},
    {"days", Unit::day},
    {"weeks", Unit::week},
}};

// 0 for units without a fixed length.
Micros fixed_length(Unit unit) {
  switch (unit) {
    case Unit::microsecond:
      return 1;
    case Unit::millisecond:
      return 1000;
    case Unit::second:
      return kSecond;
    case Unit::minute:
      return kMinute;
    case Unit::hour:
      return kHour;
    case Unit::day:
      return 24 * kHour;
    case Unit::week:
      return 7 * 24 * kHour;
    case Unit::month:
    case Unit::quarter:
    case Unit::year:
      break;
  }
  return 0;
}

int64_t months_in(Unit unit) {
  return unit == Unit::year ? 12 : unit == Unit::quarter ? 3 : 1;
}

struct Calendar {
  year_month_day date;
  Micros into_day;
};

Calendar calendar(Micros time) {
  const sys_time<microseconds> point{microseconds(time)};
  const auto day = floor<days>(point);
  return {year_month_day(day), (point - day).count()};
}

int64_t month_number(Micros time) {
  const Calendar c = calendar(time);
  return int64_t{static_cast<int>(c.date.year())} * 12 + static_cast<unsigned>(c.date.month()) - 1;
}

Micros month_start(int64_t number) {
  const int64_t at_year = number >= 0 ? number / 12 : (number - 11) / 12;
  const auto at_month = static_cast<unsigned>(number - at_year * 12) + 1;
  const sys_days first = year(static_cast<int>(at_year)) / month(at_month) / day(1);
  return duration_cast<microseconds>(first.time_since_epoch()).count();
}

int64_t floor_div(int64_t value, int64_t by) {
  const int64_t whole = value / by;
  return value % by < 0 ? whole - 1 : whole;
}

// Beyond this no calendar of ours goes (year -32767 … 32767).
constexpr Micros kMost = Micros{1} << 59;

}  // namespace

std::optional<Micros> time_of(const sql::Value& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return std::clamp(*whole, -kMost, kMost);
  if (const auto* real = std::get_if<double>(&value)) {
    if (!(*real >= -static_cast<double>(kMost) && *real <= static_cast<double>(kMost))) return std::nullopt;
    return static_cast<Micros>(*real);
  }
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::nullopt;
  std::string iso(trim(*text));
  if (iso.size() > 10 && iso[10] == ' ') iso[10] = 'T';  // T-SQL and SQLite write a space
  const auto parsed = parse_iso(iso);
  if (!parsed) return std::nullopt;
  return parsed->time_since_epoch().count();
}

std::optional<Micros> time_of(const sql::Arguments& in, size_t i) {
  return time_of(in.value(i));
}

std::optional<Micros> step_of(const sql::Arguments& in, size_t i) {
  Micros step = 0;
  if (in.type(i) == sql::Type::text) {
    const auto parsed = parse_duration(in.text(i));
    step = parsed ? parsed->count() : 0;
  } else {
    step = in.integer(i);
  }
  if (step <= 0 || step > kMost) return std::nullopt;
  return step;
}

std::optional<Unit> unit_of(std::string_view word) {
  for (const UnitRow& row : kUnits) {
    if (iequals(row.name, word)) return row.unit;
  }
  return std::nullopt;
}

Micros bucket_start(Unit unit, int64_t count, Micros time, Micros origin) {
  count = std::clamp<int64_t>(count, 1, 1'000'000);
  if (const Micros length = fixed_length(unit)) return floor_to(time, length * count, origin);
  const int64_t months = months_in(unit) * count;
  const int64_t from = month_number(origin);
  return month_start(from + floor_div(month_number(time) - from, months) * months);
}

Micros add_units(Unit unit, int64_t count, Micros time) {
  if (const Micros length = fixed_length(unit)) {
    const int64_t most = 2 * kMost / length;
    return std::clamp(time + std::clamp(count, -most, most) * length, -kMost, kMost);
  }
  count = std::clamp<int64_t>(count, -100'000, 100'000);
  const Calendar c = calendar(time);
  const Micros first = month_start(month_number(time) + count * months_in(unit));
  const year_month_day at = calendar(first).date;
  const auto last =
      static_cast<unsigned>(year_month_day_last(at.year(), at.month() / std::chrono::last).day());
  const unsigned wanted = std::min(static_cast<unsigned>(c.date.day()), last);
  return first + static_cast<Micros>(wanted - 1) * 24 * kHour + c.into_day;
}

int64_t units_between(Unit unit, Micros from, Micros to) {
  if (unit == Unit::week) from -= 3 * 24 * kHour, to -= 3 * 24 * kHour;  // weeks begin on Sunday
  if (const Micros length = fixed_length(unit)) return floor_div(to, length) - floor_div(from, length);
  const int64_t months = months_in(unit);
  return floor_div(month_number(to), months) - floor_div(month_number(from), months);
}

int64_t part_of(Unit unit, Micros time) {
  const Calendar c = calendar(time);
  switch (unit) {
    case Unit::microsecond:
      return c.into_day % kSecond;
    case Unit::millisecond:
      return c.into_day % kSecond / 1000;
    case Unit::second:
      return c.into_day / kSecond % 60;
    case Unit::minute:
      return c.into_day / kMinute % 60;
    case Unit::hour:
      return c.into_day / kHour;
    case Unit::day:
      return static_cast<unsigned>(c.date.day());
    case Unit::week: {
      const sys_days first = c.date.year() / January / 1;
      return (sys_days(c.date) - first + (weekday(first) - Sunday)).count() / 7 + 1;
    }
    case Unit::month:
      return static_cast<unsigned>(c.date.month());
    case Unit::quarter:
      return (static_cast<int64_t>(static_cast<unsigned>(c.date.month())) - 1) / 3 + 1;
    case Unit::year:
      return static_cast<int>(c.date.year());
  }
  return 0;
}

}  // namespace oree::tsql
