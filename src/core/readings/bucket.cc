#include "core/readings/bucket.h"

#include <algorithm>
#include <cmath>

namespace oree::readings {

Micros width(Level level) {
  switch (level) {
    case Level::second:
      return kSecond;
    case Level::minute:
      return kMinute;
    case Level::hour:
      return kHour;
    case Level::raw:
      break;
  }
  return 1;
}

std::string_view name(Level level) {
  switch (level) {
    case Level::second:
      return "1s";
    case Level::minute:
      return "1m";
    case Level::hour:
      return "1h";
    case Level::raw:
      break;
  }
  return "raw";
}

Micros floor_to(Micros time, Micros step, Micros origin) {
  const Micros into = (time - origin) % step;
  return time - (into < 0 ? into + step : into);
}

void fold(Bucket& bucket, Micros time, double value) {
  if (bucket.count == 0) {
    bucket.min = bucket.max = bucket.last = value;
    bucket.sum = value;
    bucket.count = 1;
    bucket.last_time = time;
    return;
  }
  bucket.min = std::min(bucket.min, value);
  bucket.max = std::max(bucket.max, value);
  bucket.sum += value;
  ++bucket.count;
  if (time >= bucket.last_time) {
    bucket.last = value;
    bucket.last_time = time;
  }
}

void merge(Bucket& bucket, const Bucket& later) {
  if (later.count == 0) return;
  if (bucket.count == 0) {
    const Micros start = bucket.time;
    bucket = later;
    bucket.time = start;
    return;
  }
  bucket.min = std::min(bucket.min, later.min);
  bucket.max = std::max(bucket.max, later.max);
  bucket.sum += later.sum;
  bucket.count += later.count;
  if (later.last_time >= bucket.last_time) {
    bucket.last = later.last;
    bucket.last_time = later.last_time;
  }
}

namespace {

Bucket& bucket_at(Micros start, std::vector<Bucket>& out) {
  if (out.empty() || out.back().time != start) {
    out.emplace_back();
    out.back().time = start;
  }
  return out.back();
}

}  // namespace

void fold_points(std::span<const Point> points, Micros step, std::vector<Bucket>& out) {
  Micros end = INT64_MIN;  // of the bucket in hand: a division per bucket, not per point
  Bucket* bucket = nullptr;
  for (const Point& point : points) {
    if (!std::isfinite(point.value)) continue;
    if (bucket == nullptr || point.time >= end) {
      const Micros start = floor_to(point.time, step);
      end = start + step;
      bucket = &bucket_at(start, out);
    }
    fold(*bucket, point.time, point.value);
  }
}

void fold_buckets(std::span<const Bucket> buckets, Micros step, std::vector<Bucket>& out) {
  for (const Bucket& bucket : buckets) merge(bucket_at(floor_to(bucket.time, step), out), bucket);
}

}  // namespace oree::readings
