// The series store as SQL tables. Times are microseconds since 1970; conditions on time also take ISO 8601
// text.
//
//   readings(machine, sensor, time, value)
//   rollup_1s, rollup_1m, rollup_1h (machine, sensor, time, min, max, mean, sum, count, last, last_time)
//   <machine>_wide (time, one column per sensor): a row for each time at which any sensor spoke; sensors that
//   did
//     not hold their last value, for an hour at most
//   gapfill(machine, sensor, start, stop, step [, method]) → time, value, filled: the mean of each step, and
//   where
//     there is none: 'last' (default, the value before), 'linear' or 'null'
//   predict_window(model, machine, start, stop, step [, sensors]) → time, score: the model's error for each
//   window
//     that ends at start, start + step, …; values are taken every `step` (the last one held, for an hour at
//     most); sensors as 'a,b,c', otherwise all of the machine in the order they were first seen
#pragma once

#include "core/readings/store.h"
#include "platform/sql/table.h"
#include "services/queries/run_context.h"

namespace oree::queries {

Status add_series_tables(sql::Database& database, const std::shared_ptr<RunContext>& context);

// What a machine's wide table is called: its name and "_wide", with '_' for what no plain SQL name may hold.
std::string wide_name(std::string_view machine);
Status add_wide_table(sql::Database& database, const std::shared_ptr<RunContext>& context,
                      std::vector<readings::Series> sensors);

std::shared_ptr<sql::Table> make_gapfill_table(std::shared_ptr<RunContext> context);
std::shared_ptr<sql::Table> make_window_table(std::shared_ptr<RunContext> context);

// How long a value is held where a sensor does not speak.
inline constexpr readings::Micros kHeld = readings::kHour;

}  // namespace oree::queries
