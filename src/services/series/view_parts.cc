#include "services/series/view_parts.h"

#include <algorithm>

namespace oree::series {
namespace {

template <class Row>
std::span<const Row> clip_rows(std::span<const Row> rows, readings::Range range) {
  const auto from = std::ranges::lower_bound(rows, range.from, {}, &Row::time);
  const auto to = std::ranges::lower_bound(from, rows.end(), range.to, {}, &Row::time);
  return {from, to};
}

}  // namespace

void sort_by_time(std::vector<Point>& points) {
  if (!std::ranges::is_sorted(points, {}, &Point::time)) std::ranges::stable_sort(points, {}, &Point::time);
}

std::span<const Point> clip(std::span<const Point> points, readings::Range range) {
  return clip_rows(points, range);
}

std::span<const Bucket> clip(std::span<const Bucket> buckets, readings::Range range) {
  return clip_rows(buckets, range);
}

std::vector<Bucket> merged(std::span<const Bucket> early, std::span<const Bucket> late) {
  std::vector<Bucket> out;
  out.reserve(early.size() + late.size());
  size_t e = 0, l = 0;
  while (e < early.size() || l < late.size()) {
    const bool take_late = e == early.size() || (l < late.size() && late[l].time < early[e].time);
    out.push_back(take_late ? late[l++] : early[e++]);
    if (!take_late && l < late.size() && late[l].time == out.back().time) merge(out.back(), late[l++]);
  }
  return out;
}

}  // namespace oree::series
