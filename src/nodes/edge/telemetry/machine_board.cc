#include "nodes/edge/telemetry/machine_board.h"

namespace oree::edge {
namespace {

int64_t to_ms(WallTime time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

void MachineBoard::note(const std::vector<readings::SensorReading>& readings) {
  const MonoTime now = clock_.mono();
  const WallTime wall = clock_.wall();
  const std::lock_guard lock(mutex_);
  for (const auto& reading : readings) {
    Machine& machine = machines_[reading.machine];
    machine.seen = now;
    machine.seen_at = wall;
    machine.changed = true;
    Last& last = machine.sensors[reading.sensor];
    if (reading.time < last.time) continue;  // late: stored, not shown
    last = {reading.value, reading.time};
    machine.newest = std::max(machine.newest, reading.time);
  }
}

void MachineBoard::note_learning(const std::string& machine, const std::string& detector, double share) {
  const std::lock_guard lock(mutex_);
  Machine& known = machines_[machine];
  known.detector = detector;
  known.learned = share;
  known.changed = true;
}

void MachineBoard::note_score(const std::string& machine, const std::string& detector,
                              const std::string& model, const detection::Score& score) {
  const std::lock_guard lock(mutex_);
  Machine& known = machines_[machine];
  known.detector = detector;
  known.model = model;
  known.learned.reset();
  known.scores.push_back(score);
  if (known.scores.size() > kScores) known.scores.pop_front();
  known.changed = true;
}

void MachineBoard::note_anomaly(const detection::Anomaly& anomaly) {
  const std::lock_guard lock(mutex_);
  Machine& known = machines_[anomaly.machine];
  known.anomaly = !anomaly.over;
  known.changed = true;
}

std::string MachineBoard::state(const Machine& machine) const {
  if (machine.sensors.empty() || clock_.mono() - machine.seen > kStale) return "stale";
  if (machine.anomaly) return "anomaly";
  if (machine.learned) return "learning";
  if (!machine.scores.empty() && machine.scores.back().value > machine.scores.back().threshold)
    return "warning";
  return "normal";
}

json::Object MachineBoard::describe(const std::string& name, const Machine& machine, int alerts) const {
  json::Array sensors;
  for (const auto& [sensor, last] : machine.sensors) {
    sensors.push_back(json::Object{
        {"name", sensor}, {"unit", unit(sensor)}, {"last", last.value}, {"time", to_ms(last.time)}});
  }
  json::Value detector;
  if (!machine.detector.empty()) {
    json::Array scores;
    for (const auto& score : machine.scores) scores.push_back(json::Array{to_ms(score.time), score.value});
    const bool scored = !machine.scores.empty();
    detector =
        json::Object{{"name", machine.detector},
                     {"model", machine.model},
                     {"threshold", scored ? json::Value(machine.scores.back().threshold) : json::Value()},
                     {"score", scored ? json::Value(machine.scores.back().value) : json::Value()},
                     {"learned", machine.learned ? json::Value(*machine.learned) : json::Value()},
                     {"scores", std::move(scores)}};
  }
  const bool seen = !machine.sensors.empty();
  return json::Object{{"name", name},
                      {"state", state(machine)},
                      {"last_seen", seen ? json::Value(to_ms(machine.seen_at)) : json::Value()},
                      {"newest", seen ? json::Value(to_ms(machine.newest)) : json::Value()},
                      {"detector", std::move(detector)},
                      {"sensors", std::move(sensors)},
                      {"alerts", alerts}};
}

json::Value MachineBoard::machines_json(const std::function<int(const std::string&)>& alerts) const {
  json::Array out;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, machine] : machines_) out.push_back(describe(name, machine, alerts(name)));
  return json::Object{{"machines", std::move(out)}};
}

json::Value MachineBoard::machine_json(const std::string& machine, int alerts) const {
  const std::lock_guard lock(mutex_);
  const auto at = machines_.find(machine);
  return at == machines_.end() ? json::Value() : json::Value(describe(machine, at->second, alerts));
}

std::vector<std::string> MachineBoard::take_changes() {
  std::vector<std::string> out;
  const std::lock_guard lock(mutex_);
  for (auto& [name, machine] : machines_) {
    if (!std::exchange(machine.changed, false) || machine.sensors.empty()) continue;
    json::Object values;
    for (const auto& [sensor, last] : machine.sensors) values.emplace_back(sensor, last.value);
    const detection::Score* score = machine.scores.empty() ? nullptr : &machine.scores.back();
    out.push_back(
        json::print(json::Object{{"machine", name},
                                 {"time", to_ms(machine.newest)},
                                 {"values", std::move(values)},
                                 {"score", score ? json::Value(score->value) : json::Value()},
                                 {"threshold", score ? json::Value(score->threshold) : json::Value()},
                                 {"state", state(machine)}}));
  }
  return out;
}

std::vector<std::string> MachineBoard::names() const {
  std::vector<std::string> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, machine] : machines_) out.push_back(name);
  return out;
}

std::string MachineBoard::detector(const std::string& machine) const {
  const std::lock_guard lock(mutex_);
  const auto at = machines_.find(machine);
  return at == machines_.end() ? "" : at->second.detector;
}

std::string MachineBoard::unit(const std::string& sensor) const {
  const auto at = facts_.find(sensor);
  return at == facts_.end() ? "" : at->second.unit;
}

}  // namespace oree::edge
