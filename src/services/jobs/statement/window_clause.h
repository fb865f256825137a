// Windows and durations as a job's statement writes them. Pure.
#pragma once

#include <optional>

#include "services/jobs/windows.h"

namespace oree::jobs {

// Whether an item of GROUP BY is a window, by its first word.
bool is_window(TokenSpan item);
// TumblingWindow(minute, 5), HoppingWindow(minute, 10, 5), SlidingWindow(minute, 5), SessionWindow(minute, 5,
// 60) [OVER (PARTITION BY field)]; Duration(minute, 5) and the like may stand for unit and number.
Result<Window> parse_window(TokenSpan item);
// DURATION(minute, 20) at the beginning of `tokens`; `used` is how many it took.
Result<Micros> parse_duration_call(TokenSpan tokens, size_t& used);

}  // namespace oree::jobs
