#include "nodes/edge/telemetry/catch_up.h"

#include <algorithm>

#include "base/text.h"
#include "nodes/edge/telemetry/charts.h"

namespace oree::edge {
namespace {

using readings::Micros;

constexpr int64_t kRows = 300;
constexpr int64_t kMostRows = 4'000;

bool is_written_by_detectors(const readings::Series& series) {
  return series.sensor.starts_with(kScorePrefix) || series.sensor.starts_with(kThresholdPrefix);
}

}  // namespace

Status CatchUp::run(const std::function<void(const std::vector<readings::SensorReading>&)>& each) {
  const auto all = machines();
  if (!all) return forward(all);
  for (const auto& [machine, sensors] : *all) {
    const auto found = readings_of(machine, sensors);
    if (!found) return forward(found);
    if (!found->empty()) each(*found);
  }
  return {};
}

Result<std::map<std::string, CatchUp::Sensors>> CatchUp::machines() {
  const auto view = store_.view();
  if (!view) return forward(view);
  const auto catalogue = (*view)->catalogue();
  if (!catalogue) return forward(catalogue);
  std::map<std::string, Sensors> out;
  for (const auto& series : *catalogue) {
    const bool is_watched =
        std::ranges::any_of(watches_, [&](const auto& watch) { return watch->covers(series.machine); });
    if (is_watched && !is_written_by_detectors(series)) out[series.machine][series.id] = series.sensor;
  }
  return out;
}

Result<std::vector<readings::SensorReading>> CatchUp::readings_of(const std::string& machine,
                                                                  const Sensors& sensors) {
  std::vector<readings::SeriesId> ids;
  for (const auto& [id, sensor] : sensors) ids.push_back(id);
  const auto view = store_.view();
  if (!view) return forward(view);
  const auto latest = (*view)->latest(ids);
  if (!latest) return forward(latest);
  std::optional<Micros> newest;
  for (const auto& point : *latest) {
    if (point) newest = std::max(newest.value_or(0), point->time);
  }
  std::vector<readings::SensorReading> found;
  if (!newest) return found;
  const readings::Range range{start(machine, WallTime(microseconds(*newest))), *newest + 1};
  const auto walked = (*view)->points(ids, range, [&](auto id, std::span<const readings::Point> points) {
    for (const auto& point : points)
      found.push_back({machine, sensors.at(id), WallTime(microseconds(point.time)), point.value});
    return Status();
  });
  if (!walked) return forward(walked);
  std::ranges::stable_sort(found, {}, &readings::SensorReading::time);
  return found;
}

Micros CatchUp::start(const std::string& machine, WallTime newest) {
  microseconds back{0};
  for (const auto& watch : watches_) {
    if (!watch->covers(machine)) continue;
    note_judged(*watch, machine);
    back = std::max(back, reach(*watch, machine, newest));
  }
  return std::max<Micros>(0, (newest - back).time_since_epoch().count());
}

// An anomaly is known by the time it began, so it must begin again as it did.
microseconds CatchUp::reach(const detection::Watch& watch, const std::string& machine, WallTime newest) {
  const auto& setting = watch.setting();
  const microseconds rows = kRows * setting.step;
  const auto known = learnt_.find(setting, machine);
  const bool must_learn = setting.kind != "network" && !(known && known->has_value());
  if (must_learn) return setting.learn + rows;
  microseconds back = rows;
  const auto lately = anomalies_.list({machine, newest - rows, newest + setting.step});
  if (!lately) return back;
  for (const auto& one : *lately) {
    if (one.detector != setting.name) continue;
    back = std::max(back, std::min<microseconds>(newest - one.from + rows, kMostRows * setting.step));
  }
  return back;
}

void CatchUp::note_judged(const detection::Watch& watch, const std::string& machine) {
  const std::string& name = watch.setting().name;
  const auto id = store_.series(machine, cat(kScorePrefix, name));
  if (!id) return;
  const auto view = store_.view();
  if (!view) return;
  const auto latest = (*view)->latest({&*id, 1});
  if (latest && latest->front()) judged_[{machine, name}] = WallTime(microseconds(latest->front()->time));
}

bool CatchUp::was_judged(const std::string& machine, const std::string& detector, WallTime time) const {
  const auto at = judged_.find({machine, detector});
  return at != judged_.end() && time <= at->second;
}

bool CatchUp::was_told(const detection::Anomaly& anomaly) {
  const auto stored = anomalies_.list({anomaly.machine, anomaly.from, anomaly.to + std::chrono::seconds(1)});
  return stored && std::ranges::find(*stored, anomaly.id, &detection::Anomaly::id) != stored->end();
}

}  // namespace oree::edge
