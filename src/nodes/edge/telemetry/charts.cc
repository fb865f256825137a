#include "nodes/edge/telemetry/charts.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "core/readings/view.h"

namespace oree::edge {
namespace {

using readings::Bucket;
using readings::kHour;
using readings::kMinute;
using readings::kSecond;
using readings::Micros;

// Steps that a level divides and that people know.
constexpr std::array<Micros, 22> kSteps{kSecond,      2 * kSecond,    5 * kSecond, 10 * kSecond, 15 * kSecond,
                                        30 * kSecond, kMinute,        2 * kMinute, 5 * kMinute,  10 * kMinute,
                                        15 * kMinute, 30 * kMinute,   kHour,       2 * kHour,    3 * kHour,
                                        6 * kHour,    12 * kHour,     24 * kHour,  48 * kHour,   168 * kHour,
                                        336 * kHour,  24 * 30 * kHour};

// 0: raw readings.
Micros step_for(const ChartQuery& query) {
  const Micros span = query.range.to - query.range.from;
  const Micros least = span / static_cast<Micros>(query.points);
  if (least < kSecond / 2) return 0;
  const auto at = std::ranges::lower_bound(kSteps, least);
  return at == kSteps.end() ? kSteps.back() : *at;
}

std::string_view resolution(Micros step) {
  return step == 0 ? "raw" : step < kMinute ? "1s" : step < kHour ? "1m" : "1h";
}

// Raw readings become buckets of one reading each, or of a finer step when there are too many to draw.
Result<std::vector<Bucket>> raw_buckets(readings::View& view, readings::SeriesId series,
                                        const ChartQuery& query) {
  std::vector<readings::Point> points;
  const auto walked =
      view.points({&series, 1}, query.range, [&](auto, std::span<const readings::Point> part) {
        points.insert(points.end(), part.begin(), part.end());
        return Status();
      });
  if (!walked) return forward(walked);
  const bool many = points.size() > 4 * query.points;
  const Micros step =
      many ? std::max<Micros>(1, (query.range.to - query.range.from) / static_cast<Micros>(query.points)) : 1;
  std::vector<Bucket> out;
  readings::fold_points(points, step, out);
  return out;
}

// Longer than this without a value is a gap: three steps, or five times what lies between values usually.
Micros longest_silence(const std::vector<Bucket>& buckets, Micros step) {
  std::vector<Micros> between;
  for (size_t i = 1; i < buckets.size(); ++i) between.push_back(buckets[i].time - buckets[i - 1].time);
  if (between.empty()) return std::max<Micros>(step, kSecond) * 3;
  const auto middle = between.begin() + static_cast<ptrdiff_t>(between.size() / 2);
  std::ranges::nth_element(between, middle);
  return std::max(3 * step, 5 * *middle);
}

struct Columns {
  json::Array time, value, min, max;
  void push(Micros at, const Bucket* bucket) {
    time.push_back(at / 1000);
    value.push_back(bucket ? json::Value(bucket->mean()) : json::Value());
    min.push_back(bucket ? json::Value(bucket->min) : json::Value());
    max.push_back(bucket ? json::Value(bucket->max) : json::Value());
  }
};

Columns columns_of(const std::vector<Bucket>& buckets, Micros step) {
  const Micros longest = longest_silence(buckets, step);
  Columns out;
  for (size_t i = 0; i < buckets.size(); ++i) {
    if (i > 0 && buckets[i].time - buckets[i - 1].time > longest)
      out.push((buckets[i].time + buckets[i - 1].time) / 2, nullptr);
    out.push(buckets[i].time, &buckets[i]);
  }
  return out;
}

bool wanted(const ChartQuery& query, const std::string& sensor) {
  return query.sensors.empty() || std::ranges::find(query.sensors, sensor) != query.sensors.end();
}

}  // namespace

Result<json::Object> chart(readings::View& view, const ChartQuery& query, const MachineBoard& board) {
  const auto catalogue = view.catalogue();
  if (!catalogue) return forward(catalogue);
  const auto own = readings::choose(*catalogue, query.machine, "");
  if (own.empty()) return fail(ErrorKind::not_found, cat("there is no machine '", query.machine, "'"));
  const Micros step = step_for(query);
  json::Array sensors;
  json::Value score;
  json::Value threshold;
  const std::string shown = board.detector(query.machine);
  for (const auto& series : own) {
    const bool is_score = series.sensor.starts_with(kScorePrefix);
    const bool is_threshold = series.sensor.starts_with(kThresholdPrefix);
    if (!is_score && !is_threshold && !wanted(query, series.sensor)) continue;
    if ((is_score || is_threshold) && !shown.empty() && !series.sensor.ends_with(cat(":", shown))) continue;
    auto buckets = step == 0 ? raw_buckets(view, series.id, query)
                             : readings::buckets_of(view, series.id, query.range, step);
    if (!buckets) return forward(buckets);
    if (is_threshold) {
      if (!buckets->empty()) threshold = buckets->back().last;
      continue;
    }
    Columns columns = columns_of(*buckets, step);
    if (is_score) {
      if (score.is_null())
        score = json::Object{{"time", std::move(columns.time)}, {"value", std::move(columns.max)}};
      continue;
    }
    sensors.push_back(json::Object{{"name", series.sensor},
                                   {"unit", board.unit(series.sensor)},
                                   {"time", std::move(columns.time)},
                                   {"value", std::move(columns.value)},
                                   {"min", std::move(columns.min)},
                                   {"max", std::move(columns.max)}});
  }
  if (!score.is_null()) score.set("threshold", std::move(threshold));
  return json::Object{{"from", query.range.from / 1000},
                      {"to", query.range.to / 1000},
                      {"resolution", resolution(step)},
                      {"sensors", std::move(sensors)},
                      {"score", std::move(score)}};
}

}  // namespace oree::edge
