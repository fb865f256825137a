// A stretch of one series as a few compressed columns: what closed hours are kept as. Pure.
//
//   points:   byte version 1, varint count, times as integers, values as doubles, CRC-32C
//   buckets:  byte version 1, varint count, starts, counts and last times as integers; min, max, sum, last as
//             doubles; CRC-32C
// Columns: columns.h. Decoding gives exactly the bits that were encoded; anything else is `corrupt`.
#pragma once

#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "core/readings/bucket.h"

namespace oree::series {

using readings::Bucket;
using readings::Micros;
using readings::Point;
using readings::SeriesId;

// At most kMostInChunk of columns.h.
ByteBuffer encode_points(std::span<const Point> points);
Status decode_points(ByteView chunk, std::vector<Point>& append_to);

ByteBuffer encode_buckets(std::span<const Bucket> buckets);
Status decode_buckets(ByteView chunk, std::vector<Bucket>& append_to);

}  // namespace oree::series
