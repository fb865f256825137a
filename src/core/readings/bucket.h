// Readings, and what is left of them when only a second, a minute or an hour is asked for.
//
// Times are microseconds since 1970, UTC. A reading that is no finite number is kept as it is among the raw
// readings, and left out of buckets: one infinity would spoil the chart of a year.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace oree::readings {

using SeriesId = uint32_t;  // from 1; below 2^23
using Micros = int64_t;

inline constexpr Micros kSecond = 1'000'000;
inline constexpr Micros kMinute = 60 * kSecond;
inline constexpr Micros kHour = 60 * kMinute;
// Readings lie in [0, kEndOfTime): 1970 to 2255. What claims another time is refused and counted.
inline constexpr Micros kEndOfTime = Micros{1} << 53;

struct Reading {
  SeriesId series = 0;
  Micros time = 0;
  double value = 0;
};

struct Point {
  Micros time = 0;
  double value = 0;
};

// Half open: from <= time < to.
struct Range {
  Micros from = 0;
  Micros to = kEndOfTime;
};

enum class Level { raw, second, minute, hour };

// 1 for raw.
Micros width(Level level);
std::string_view name(Level level);  // "raw", "1s", "1m", "1h"
// Start of the step that holds `time`; rounds down also before `origin`. step > 0.
Micros floor_to(Micros time, Micros step, Micros origin = 0);

struct Bucket {
  Micros time = 0;  // its start
  double min = 0, max = 0, sum = 0;
  uint64_t count = 0;
  double last = 0;  // the value with the greatest time; of several, the one that came last
  Micros last_time = 0;

  double mean() const { return count == 0 ? 0 : sum / static_cast<double>(count); }
  bool operator==(const Bucket&) const = default;
};

// One value into its bucket. Precondition: finite.
void fold(Bucket& bucket, Micros time, double value);
// `later` came after `bucket`; both are of the same moment.
void merge(Bucket& bucket, const Bucket& later);
// Appends to `out`, which is in time order and may end with the bucket that `points` go on with. Points in
// time order.
void fold_points(std::span<const Point> points, Micros step, std::vector<Bucket>& out);
// Joins buckets of a finer level, in time order, as fold_points does.
void fold_buckets(std::span<const Bucket> buckets, Micros step, std::vector<Bucket>& out);

}  // namespace oree::readings
