// Columns of numbers as few bytes. Private to this room.
//
// Integers: the values, their differences, or the differences of those (whichever is smallest), in blocks of
// 128. A block is its least value as zigzag varint, one byte for the width w in bits (0..56, or 64), then 128
// numbers of w bits above that least value, lowest bits first.
//
// Doubles: most sensors speak decimals. When the values are n / 10^e with whole n, the n are an integer
// column, and the few that are not (also NaN, infinities, -0.0) stand beside it as they are. Otherwise the
// bytes are regrouped by their rank and deflated (RFC 1951), or left as they are where that gains nothing.
// Every bit of every double comes back.
#pragma once

#include <span>
#include <vector>

#include "services/series/byte_stream.h"

namespace oree::series {

inline constexpr size_t kMostInChunk = size_t{1} << 20;

void put_integers(ByteBuffer& out, std::span<const int64_t> values);
// `count` is known from elsewhere, at most kMostInChunk.
Result<std::vector<int64_t>> take_integers(ByteSource& in, size_t count);

void put_doubles(ByteBuffer& out, std::span<const double> values);
Result<std::vector<double>> take_doubles(ByteSource& in, size_t count);

}  // namespace oree::series
