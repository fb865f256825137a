#include "core/readings/view.h"

#include <algorithm>
#include <cmath>

namespace oree::readings {

Level level_for(Range range, size_t most) {
  const auto length = static_cast<uint64_t>(std::max<Micros>(range.to - range.from, 0));
  for (const Level level : {Level::second, Level::minute}) {
    if (length / static_cast<uint64_t>(width(level)) <= most) return level;
  }
  return Level::hour;
}

Result<std::vector<Bucket>> buckets_of(View& view, SeriesId series, Range range, Micros step) {
  std::vector<Bucket> out;
  const SeriesId wanted[] = {series};
  for (const Level level : {Level::hour, Level::minute, Level::second}) {
    const Micros fine = width(level);
    if (step % fine != 0 || range.from % fine != 0) continue;
    const auto visit = [&](SeriesId, std::span<const Bucket> buckets) -> Status {
      fold_buckets(buckets, step, out);
      return {};
    };
    if (auto read = view.buckets(wanted, range, level, visit); !read) return forward(read);
    return out;
  }
  const auto visit = [&](SeriesId, std::span<const Point> points) -> Status {
    fold_points(points, step, out);
    return {};
  };
  if (auto read = view.points(wanted, range, visit); !read) return forward(read);
  return out;
}

std::vector<Range> gaps(std::span<const Bucket> buckets, Micros step, Range range, Micros longest) {
  std::vector<Range> found;
  Micros covered = range.from;
  for (const Bucket& bucket : buckets) {
    if (bucket.time - covered > longest) found.push_back({covered, bucket.time});
    covered = std::max(covered, bucket.time + step);
  }
  if (range.to - covered > longest) found.push_back({covered, range.to});
  return found;
}

Result<std::optional<Point>> last_before(View& view, SeriesId series, Micros time, Micros reach) {
  std::optional<Point> found;
  const SeriesId wanted[] = {series};
  const auto visit = [&](SeriesId, std::span<const Point> points) -> Status {
    for (const Point& point : points) {
      if (std::isfinite(point.value)) found = point;
    }
    return {};
  };
  if (auto read = view.points(wanted, {time - reach, time}, visit); !read) return forward(read);
  return found;
}

std::vector<Series> choose(std::span<const Series> all, std::string_view machine, std::string_view sensor) {
  std::vector<Series> chosen;
  for (const Series& series : all) {
    if (!machine.empty() && series.machine != machine) continue;
    if (!sensor.empty() && series.sensor != sensor) continue;
    chosen.push_back(series);
  }
  return chosen;
}

}  // namespace oree::readings
