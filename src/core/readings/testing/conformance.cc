#include "core/readings/testing/conformance.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "base/text.h"
#include "core/readings/testing/memory_store.h"

namespace oree::readings::testing {
namespace {

constexpr size_t kSeries = 5;
constexpr Micros kStart = 1'700'000'000 * kSecond;

// Readings as plants give them: mostly in order, some late, some twice, some that are no number.
class Source {
 public:
  explicit Source(uint32_t seed) : random_(seed) {}

  std::vector<Reading> batch(size_t size) {
    std::vector<Reading> readings;
    for (size_t i = 0; i < size; ++i) {
      now_ += pick(40) == 0 ? 20 * kMinute : pick(3) * 250'000;
      const Micros late = pick(20) == 0 ? pick(5) * kHour : 0;
      readings.push_back({static_cast<SeriesId>(pick(kSeries) + 1), now_ - late, value()});
    }
    if (pick(4) == 0) readings.push_back({1, -5, 1.0});
    if (pick(4) == 0) readings.push_back({77, now_, 1.0});
    return readings;
  }

  Micros now() const { return now_; }
  Micros pick(Micros below) { return static_cast<Micros>(random_() % static_cast<uint64_t>(below)); }

 private:
  double value() {
    switch (pick(12)) {
      case 0:
        return std::numeric_limits<double>::quiet_NaN();
      case 1:
        return pick(2) == 0 ? -0.0 : std::numeric_limits<double>::infinity();
      case 2:
        return static_cast<double>(random_()) / 3.0;
      default:
        return static_cast<double>(pick(4000)) / 8.0;  // sums are exact, whatever the order
    }
  }

  std::mt19937_64 random_;
  Micros now_ = kStart;
};

std::string difference(const std::vector<Point>& a, const std::vector<Point>& b) {
  if (a.size() != b.size()) return cat(a.size(), " readings instead of ", b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].time != b[i].time) return cat("reading ", i, " has time ", a[i].time, ", not ", b[i].time);
    if (std::bit_cast<uint64_t>(a[i].value) != std::bit_cast<uint64_t>(b[i].value)) {
      return cat("reading ", i, " is ", a[i].value, ", not ", b[i].value);
    }
  }
  return {};
}

bool same(const Bucket& a, const Bucket& b) {
  const double slack = 1e-9 * (std::abs(a.sum) + std::abs(b.sum));
  return a.time == b.time && a.min == b.min && a.max == b.max && a.count == b.count && a.last == b.last &&
         a.last_time == b.last_time && std::abs(a.sum - b.sum) <= slack;
}

std::string difference(const std::vector<Bucket>& a, const std::vector<Bucket>& b) {
  if (a.size() != b.size()) return cat(a.size(), " buckets instead of ", b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    if (!same(a[i], b[i])) {
      return cat("bucket ", i, " at ", a[i].time, "/", b[i].time, " count ", a[i].count, "/", b[i].count,
                 " sum ", a[i].sum, "/", b[i].sum, " last ", a[i].last, "/", b[i].last);
    }
  }
  return {};
}

std::vector<Point> points_of(View& view, SeriesId id, Range range, std::string& fault) {
  std::vector<Point> all;
  const SeriesId wanted[] = {id};
  const Status read = view.points(wanted, range, [&](SeriesId, std::span<const Point> points) -> Status {
    all.insert(all.end(), points.begin(), points.end());
    return {};
  });
  if (!read) fault = read.error().what;
  return all;
}

std::vector<Bucket> buckets_at(View& view, SeriesId id, Range range, Level level, std::string& fault) {
  std::vector<Bucket> all;
  const SeriesId wanted[] = {id};
  const auto visit = [&](SeriesId, std::span<const Bucket> buckets) -> Status {
    all.insert(all.end(), buckets.begin(), buckets.end());
    return {};
  };
  if (const Status read = view.buckets(wanted, range, level, visit); !read) fault = read.error().what;
  return all;
}

std::string compare_range(View& view, View& truth, SeriesId id, Range range) {
  std::string fault;
  fault += difference(points_of(view, id, range, fault), points_of(truth, id, range, fault));
  for (const Level level : {Level::second, Level::minute, Level::hour}) {
    if (!fault.empty()) return fault;
    const std::string found =
        difference(buckets_at(view, id, range, level, fault), buckets_at(truth, id, range, level, fault));
    if (!found.empty()) fault += cat(name(level), ": ", found);
  }
  return fault;
}

std::string compare(SeriesStore& store, SeriesStore& truth, Source& source) {
  const auto view = store.view();
  if (!view) return view.error().what;
  const auto expected = truth.view();
  std::vector<SeriesId> ids;
  for (SeriesId id = 1; id <= kSeries; ++id) {
    ids.push_back(id);
    const Micros from = kStart + source.pick(source.now() - kStart + 1);
    for (const Range range : {Range{}, Range{from, from + 40 * kMinute}}) {
      const std::string fault = compare_range(**view, **expected, id, range);
      if (!fault.empty()) return cat("series ", id, " from ", range.from, ": ", fault);
    }
  }
  const auto latest = (*view)->latest(ids);
  if (!latest) return latest.error().what;
  const auto wanted = (*expected)->latest(ids);
  for (size_t i = 0; i < ids.size(); ++i) {
    if ((*latest)[i].has_value() != (*wanted)[i].has_value()) return cat("latest of ", ids[i], " is missing");
    if (!(*latest)[i]) continue;
    if ((*latest)[i]->time != (*wanted)[i]->time || (*latest)[i]->value != (*wanted)[i]->value) {
      return cat("latest of ", ids[i], " is ", (*latest)[i]->value, ", not ", (*wanted)[i]->value);
    }
  }
  return {};
}

std::string check_append(SeriesStore& store, SeriesStore& truth, const std::vector<Reading>& batch,
                         uint64_t position) {
  const auto done = store.append(batch, "test", position);
  if (!done) return done.error().what;
  const auto expected = truth.append(batch, "test", position);
  if (done->applied != expected->applied) return "a batch came twice";
  if (done->stored != expected->stored || done->refused != expected->refused) {
    return cat("stored ", done->stored, " and refused ", done->refused, ", not ", expected->stored, " and ",
               expected->refused);
  }
  if (store.position("test").value_or(0) != position) return "the position was not kept";
  return {};
}

}  // namespace

std::string conformance(SeriesStore& store, const std::function<SeriesStore&()>& disturb, uint32_t seed) {
  MemoryStore truth;
  Source source(seed);
  for (size_t i = 0; i < kSeries; ++i) {
    const std::string sensor = cat("s", i);
    const auto id = store.series("m", sensor);
    if (!id) return id.error().what;
    if (*id != *truth.series("m", sensor) || *store.series("m", sensor) != *id) return "ids do not agree";
  }
  SeriesStore* current = &store;
  for (uint64_t round = 1; round <= 12; ++round) {
    const std::vector<Reading> batch = source.batch(static_cast<size_t>(1 + source.pick(300)));
    std::string fault = check_append(*current, truth, batch, round * 10);
    if (fault.empty()) fault = check_append(*current, truth, batch, round * 10);  // again: skipped
    if (fault.empty()) fault = compare(*current, truth, source);
    if (!fault.empty()) return cat("round ", round, ": ", fault);
    current = &disturb();
    fault = compare(*current, truth, source);
    if (!fault.empty()) return cat("round ", round, ", disturbed: ", fault);
  }
  return {};
}

}  // namespace oree::readings::testing
