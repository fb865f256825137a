#include "core/readings/testing/memory_store.h"

#include <algorithm>
#include <cmath>

namespace oree::readings::testing {
namespace {

bool earlier(const Point& a, const Point& b) {
  return a.time < b.time;
}

class MemoryView final : public View {
 public:
  explicit MemoryView(MemoryStore::Content content) : content_(std::move(content)) {}

  Result<std::vector<Series>> catalogue() override { return content_.catalogue; }

  Status points(std::span<const SeriesId> series, Range range, const PointVisitor& visit) override {
    for (const SeriesId id : series) {
      const std::vector<Point> found = in_range(id, range);
      if (found.empty()) continue;
      if (Status done = visit(id, found); !done) return done;
    }
    return {};
  }

  Status buckets(std::span<const SeriesId> series, Range range, Level level,
                 const BucketVisitor& visit) override {
    for (const SeriesId id : series) {
      std::vector<Bucket> all, found;
      fold_points(content_.points[id], width(level), all);
      for (const Bucket& bucket : all) {
        if (bucket.time >= range.from && bucket.time < range.to) found.push_back(bucket);
      }
      if (found.empty()) continue;
      if (Status done = visit(id, found); !done) return done;
    }
    return {};
  }

  Result<std::vector<std::optional<Point>>> latest(std::span<const SeriesId> series) override {
    std::vector<std::optional<Point>> found;
    for (const SeriesId id : series) {
      std::optional<Point>& newest = found.emplace_back();
      for (const Point& point : content_.points[id]) {
        if (std::isfinite(point.value)) newest = point;
      }
    }
    return found;
  }

 private:
  std::vector<Point> in_range(SeriesId id, Range range) {
    std::vector<Point> found;
    for (const Point& point : content_.points[id]) {
      if (point.time >= range.from && point.time < range.to) found.push_back(point);
    }
    return found;
  }

  MemoryStore::Content content_;
};

}  // namespace

Result<SeriesId> MemoryStore::series(std::string_view machine, std::string_view sensor) {
  const std::lock_guard lock(mutex_);
  for (const Series& known : content_.catalogue) {
    if (known.machine == machine && known.sensor == sensor) return known.id;
  }
  const auto id = static_cast<SeriesId>(content_.catalogue.size() + 1);
  content_.catalogue.push_back({id, std::string(machine), std::string(sensor)});
  return id;
}

Result<Appended> MemoryStore::append(std::span<const Reading> batch, std::string_view source,
                                     uint64_t position) {
  const std::lock_guard lock(mutex_);
  Appended done;
  if (!source.empty()) {
    uint64_t& reached = positions_[std::string(source)];
    if (position <= reached) return Appended{.applied = false};
    reached = position;
  }
  for (const Reading& reading : batch) {
    const bool known = reading.series >= 1 && reading.series <= content_.catalogue.size();
    if (!known || reading.time < 0 || reading.time >= kEndOfTime) {
      ++done.refused;
      continue;
    }
    auto& points = content_.points[reading.series];
    const Point point{reading.time, reading.value};
    points.insert(std::ranges::upper_bound(points, point, earlier), point);
    ++done.stored;
  }
  return done;
}

Result<uint64_t> MemoryStore::position(std::string_view source) {
  const std::lock_guard lock(mutex_);
  const auto found = positions_.find(source);
  return found == positions_.end() ? 0 : found->second;
}

Result<std::unique_ptr<View>> MemoryStore::view() {
  const std::lock_guard lock(mutex_);
  return std::make_unique<MemoryView>(content_);
}

}  // namespace oree::readings::testing
