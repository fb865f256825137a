// The tables of the store's file and the keys of their rows. Private to this room.
//
//   series          id, machine, sensor
//   positions       source, position
//   landed          one row per batch and hour, as it came: landing.h
//   minutes, hours  buckets of what has landed; hours that were closed and got late readings stand here in
//   part raw_chunks, second_chunks, minute_chunks   closed hours, per series and hour: chunk.h closed_hours
//   hour buckets of closed hours, by series
//
// A bucket may be spread over a chunk and a row: readers merge them. Keys put rows side by side that are read
// together: landed by hour, chunks by series.
#pragma once

#include "core/readings/bucket.h"
#include "platform/sql/database.h"

namespace oree::series {

inline constexpr int kHourBits = 22;   // 2^53 µs are 2.5 million hours
inline constexpr int kBatchBits = 41;  // batches, counted from the first
inline constexpr int kPartBits = 18;   // chunks of one series and hour

inline int64_t hour_of(readings::Micros time) {
  return time / readings::kHour;
}
inline int64_t landed_key(int64_t hour, int64_t batch) {
  return (hour << kBatchBits) | batch;
}
inline int64_t hour_of_landed(int64_t key) {
  return key >> kBatchBits;
}
inline int64_t chunk_key(readings::SeriesId series, int64_t hour, int64_t part) {
  return (static_cast<int64_t>(series) << (kHourBits + kPartBits)) | (hour << kPartBits) | part;
}
inline int64_t hour_of_chunk(int64_t key) {
  return (key >> kPartBits) & ((int64_t{1} << kHourBits) - 1);
}
inline int64_t part_of_chunk(int64_t key) {
  return key & ((int64_t{1} << kPartBits) - 1);
}
inline constexpr readings::SeriesId kMostSeries = (1u << 23) - 1;

// Opens the file for its one writer, making what is missing.
Result<sql::Database> open_for_writing(const std::string& file);
Result<sql::Database> open_for_reading(const std::string& file);

// Columns time, min, max, sum, count, last, last_time from `first` on, both ways.
void bind_bucket(sql::Statement& statement, int first, const readings::Bucket& bucket);
readings::Bucket read_bucket(const sql::Statement& statement, int first);

}  // namespace oree::series
