// What every machine says right now, for pages and the live feed: newest readings, newest scores, state.
// Filled by the intake and the detectors; nothing here is durable. Thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/readings/reading_topics.h"
#include "services/detection/watching/anomaly_tracker.h"

namespace oree::edge {

// What is known of a sensor by its name, from the station file.
struct SensorFacts {
  std::string unit;
};

class MachineBoard {
 public:
  static constexpr size_t kScores = 60;
  // A machine that has been silent for so long, by the station's clock, is shown as stale.
  static constexpr std::chrono::seconds kStale{30};

  MachineBoard(const Clock& clock, std::map<std::string, SensorFacts> sensors)
      : clock_(clock), facts_(std::move(sensors)) {}

  void note(const std::vector<readings::SensorReading>& readings);
  void note_learning(const std::string& machine, const std::string& detector, double share);
  void note_score(const std::string& machine, const std::string& detector, const std::string& model,
                  const detection::Score& score);
  void note_anomaly(const detection::Anomaly& anomaly);

  json::Value machines_json(const std::function<int(const std::string&)>& alerts) const;
  // Null when there is no such machine.
  json::Value machine_json(const std::string& machine, int alerts) const;
  // One "machine" event for each machine that changed since the last call.
  std::vector<std::string> take_changes();
  std::vector<std::string> names() const;
  std::string unit(const std::string& sensor) const;
  std::string detector(const std::string& machine) const;  // the one that is shown; "" when nobody watches

 private:
  struct Last {
    double value = 0;
    WallTime time;
  };
  struct Machine {
    std::map<std::string, Last> sensors;
    MonoTime seen;
    WallTime seen_at;
    WallTime newest;  // by the readings' own time
    std::string detector, model;
    std::optional<double> learned;        // share, until there is a score
    std::deque<detection::Score> scores;  // newest last
    bool anomaly = false;
    bool changed = false;
  };
  std::string state(const Machine& machine) const;
  json::Object describe(const std::string& name, const Machine& machine, int alerts) const;

  const Clock& clock_;
  const std::map<std::string, SensorFacts> facts_;
  mutable std::mutex mutex_;
  std::map<std::string, Machine> machines_;
};

}  // namespace oree::edge
