// Times and durations as SQL gives them: microseconds since 1970 as an integer, or ISO 8601 text. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "platform/sql/value.h"

namespace oree::tsql {

using Micros = int64_t;  // since 1970, UTC

// nullopt for NULL, blobs and text that is no time.
std::optional<Micros> time_of(const sql::Arguments& in, size_t i);
std::optional<Micros> time_of(const sql::Value& value);
// A step: microseconds, or text as in "500ms", "2s", "5min", "1h", "1d". nullopt unless above zero.
std::optional<Micros> step_of(const sql::Arguments& in, size_t i);

// second, minute, hour, day, week, month, quarter, year and T-SQL's short forms of them.
enum class Unit { microsecond, millisecond, second, minute, hour, day, week, month, quarter, year };
std::optional<Unit> unit_of(std::string_view word);

// The start of the step of `count` units that holds `time`, counted from `origin`; T-SQL's is 1900-01-01.
Micros bucket_start(Unit unit, int64_t count, Micros time, Micros origin);
// Months keep the day, or take the last one of a shorter month.
Micros add_units(Unit unit, int64_t count, Micros time);
// Boundaries of the unit between the two, as DATEDIFF counts them.
int64_t units_between(Unit unit, Micros from, Micros to);
int64_t part_of(Unit unit, Micros time);

inline constexpr Micros kYear1900 = -2'208'988'800'000'000LL;

}  // namespace oree::tsql
