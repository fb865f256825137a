// What charts and windows need from a View: the right level for the pixels there are, values held at regular
// steps, and where data is missing.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/readings/store.h"

namespace oree::readings {

// The finest level that gives at most `most` buckets over the range; hour when none does.
Level level_for(Range range, size_t most);

// Buckets of one series at any step: read from the coarsest level that divides it. step > 0.
Result<std::vector<Bucket>> buckets_of(View& view, SeriesId series, Range range, Micros step);

// Stretches of the range longer than `longest` without a reading between two buckets' steps; the edges of the
// range count. `buckets` in time order.
std::vector<Range> gaps(std::span<const Bucket> buckets, Micros step, Range range, Micros longest);

// The newest finite reading before `time`, no older than `reach`.
Result<std::optional<Point>> last_before(View& view, SeriesId series, Micros time, Micros reach);

// Series of one machine, or of all ("" = any name).
std::vector<Series> choose(std::span<const Series> all, std::string_view machine, std::string_view sensor);

}  // namespace oree::readings
