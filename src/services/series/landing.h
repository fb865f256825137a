// One batch's readings of one hour as they land: grouped by series, in time order, cheap to write and to skip
// through. Pure.
//
//   byte version 1, then per series: varint id, varint count, varint bytes, then the first time (varint,
//   above the hour), then the change of each step (zigzag varints), then the values, 8 bytes each; CRC-32C at
//   the end.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "services/series/chunk.h"

namespace oree::series {

struct LandedSeries {
  SeriesId series = 0;
  std::vector<Point> points;  // in time order, all in one hour
};

ByteBuffer encode_landing(int64_t hour, std::span<const LandedSeries> all);

// Of the series that `wanted` accepts; the others are skipped without a look. `corrupt` when damaged.
Status decode_landing(int64_t hour, ByteView landing, const std::function<bool(SeriesId)>& wanted,
                      const std::function<void(SeriesId, std::span<const Point>)>& visit);

}  // namespace oree::series
