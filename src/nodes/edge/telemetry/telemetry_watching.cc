// What detectors find, and who is told: on the intake's thread.
#include <algorithm>

#include "base/text.h"
#include "nodes/edge/telemetry/charts.h"
#include "nodes/edge/telemetry/telemetry_state.h"

namespace oree::edge {
namespace {

// An anomaly that grows is stored again at most this often; its beginning and its end at once.
constexpr std::chrono::seconds kStoreAgain{5};

}  // namespace

// Of several detectors that watch a machine the first one stands on its card.
bool Telemetry::State::is_shown(const std::string& detector, const std::string& machine) const {
  const auto first = std::ranges::find_if(watches, [&](const auto& watch) { return watch->covers(machine); });
  return first != watches.end() && (*first)->setting().name == detector;
}

// On the intake's thread, with what has just become durable.
void Telemetry::State::take(const std::vector<readings::SensorReading>& readings) {
  board.note(readings);
  for (const auto& watch : watches) watch->note(readings);
  store_scores();
  observe_series(readings);
}

void Telemetry::State::store_scores() {
  if (scores.empty()) return;
  if (auto stored = store->append(scores, "", 0); !stored)
    world.log.error(cat("scores were not stored: ", stored.error().what));
  scores.clear();
}

void Telemetry::State::catch_up_on_judging() {
  if (watches.empty()) return;
  catching_up.emplace(*store, *anomalies, *learnt, watches);
  const auto done = catching_up->run([this](const std::vector<readings::SensorReading>& said) {
    for (const auto& watch : watches) watch->note(said);
    store_scores();
  });
  catching_up.reset();
  if (!done) world.log.error(cat("what came before the restart was not judged again: ", done.error().what));
}

void Telemetry::State::take_score(const detection::Watch& watch, const std::string& machine,
                                  const detection::Score& score) {
  const std::string& name = watch.setting().name;
  if (catching_up && catching_up->was_judged(machine, name, score.time)) return;
  if (is_shown(name, machine)) board.note_score(machine, name, watch.setting().kind, score);
  alert_service->observe({.source = alerts::Source::score,
                          .name = name,
                          .labels = {{"machine", machine}, {"detector", name}},
                          .value = score.value,
                          .threshold = score.threshold});
  const int64_t time = score.time.time_since_epoch().count();
  const std::pair<std::string, double> both[] = {{cat(kScorePrefix, name), score.value},
                                                 {cat(kThresholdPrefix, name), score.threshold}};
  for (const auto& [sensor, value] : both) {
    const auto id = store->series(machine, sensor);
    if (id) scores.push_back({*id, time, value});
  }
}

void Telemetry::State::take_anomaly(const detection::Anomaly& anomaly, const detection::Trace& trace,
                                    const DetectorSetting& setting) {
  if (catching_up && catching_up->was_told(anomaly)) {
    // Whether its order was made before the restart, the orders know.
    if (!anomaly.over && world.on_anomaly && catching_up->is_first(anomaly))
      world.on_anomaly(anomaly, trace, setting);
    return;
  }
  const MonoTime now = world.clock.mono();
  const auto last = stored_at.find(anomaly.id);
  const bool begins = last == stored_at.end();
  if (!begins && !anomaly.over && now - last->second < kStoreAgain) return;
  stored_at[anomaly.id] = now;
  if (anomaly.over) stored_at.erase(anomaly.id);
  if (auto stored = anomalies->put(anomaly); !stored)
    world.log.error(cat("an anomaly was not stored: ", stored.error().what));
  board.note_anomaly(anomaly);
  world.feed.publish("anomaly", json::print(detection::anomaly_json(anomaly)));
  if (begins) world.log.warning(sentence(anomaly));
  if (!anomaly.over && world.on_anomaly) world.on_anomaly(anomaly, trace, setting);
}

std::optional<detection::Learnt> Telemetry::State::recall(const detection::Watch& watch,
                                                          const std::string& machine) {
  auto found = learnt->find(watch.setting(), machine);
  if (found) return *std::move(found);
  world.log.warning(
      cat("detector '", watch.setting().name, "' learns '", machine, "' again: ", found.error().what));
  return std::nullopt;
}

// The newest reading of each sensor in the batch, for rules on readings.
void Telemetry::State::observe_series(const std::vector<readings::SensorReading>& readings) {
  const bool wanted = std::ranges::any_of(file.alerts.rules, [](const alerts::Rule& rule) {
    return rule.expression.source == alerts::Source::series;
  });
  if (!wanted) return;
  std::map<std::pair<std::string_view, std::string_view>, const readings::SensorReading*> newest;
  for (const auto& reading : readings) newest[{reading.machine, reading.sensor}] = &reading;
  for (const auto& [key, reading] : newest) {
    alert_service->observe({.source = alerts::Source::series,
                            .name = reading->sensor,
                            .labels = {{"machine", reading->machine}, {"sensor", reading->sensor}},
                            .value = reading->value,
                            .threshold = std::nullopt});
  }
}

}  // namespace oree::edge
