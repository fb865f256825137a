// The pure part of reading: one series' hour put together from where it lies. Private to this room.
#pragma once

#include "services/series/chunk.h"

namespace oree::series {

// Time order, stable; does nothing when that is so already.
void sort_by_time(std::vector<Point>& points);
// The part of `points`, in time order, that lies in the range.
std::span<const Point> clip(std::span<const Point> points, readings::Range range);
std::span<const Bucket> clip(std::span<const Bucket> buckets, readings::Range range);
// Both in time order; buckets of one moment become one, with `late` as the later part.
std::vector<Bucket> merged(std::span<const Bucket> early, std::span<const Bucket> late);

}  // namespace oree::series
