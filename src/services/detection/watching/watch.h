// One detector over many machines: rows on an even grid, learnt from each machine's first healthy time or
// brought by a trained network, judged as they complete. Everything goes by the readings' own time, so a
// simulation at sixty times the speed is judged as it would be in real life. Not thread-safe: fed by the
// intake's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "core/readings/row_grid.h"
#include "services/detection/detector.h"
#include "services/detection/watching/anomaly_tracker.h"

namespace oree::detection {

struct WatchSetting {
  std::string name;            // "wear"
  std::string kind;            // a detector that learns on the spot, by its name; "network" for a trained one
  std::string machines = "*";  // '*' at the end stands for the rest of the name
  std::vector<std::string> sensors;  // empty: whatever the machine says
  microseconds step = std::chrono::seconds(1);
  microseconds learn = std::chrono::minutes(10);  // of a machine's first readings, taken as healthy
  double factor = 1;                              // times the threshold that was learnt
};

// The healthy rows that a detector learnt from. Learning is exact: the same rows give the same detector, so
// they are all that must be kept of it.
struct Learnt {
  std::vector<std::string> columns;
  std::vector<double> values;  // row-major; empty for a network, which comes trained
  bool operator==(const Learnt&) const = default;
};

// What stood behind a judgement, lent for the call: enough to judge again elsewhere.
struct Trace {
  const Score& score;                       // of the last row
  const std::vector<std::string>& columns;  // of the rows
  Rows rows;                                // the judged window last, older rows before it
  size_t window = 0;                        // rows the judgement looked at
  const Learnt& learnt;
  std::span<const std::pair<WallTime, double>> scores;  // this machine's newest, the last row's included
};

class Watch {
 public:
  struct World {
    // The detector for one machine: a new one that learns, or the trained one that all machines share.
    std::function<Result<std::shared_ptr<Detector>>()> make;
    std::function<void(const std::string& machine, double share)> on_learning;
    std::function<void(const std::string& machine, const Score& score)> on_score;
    std::function<void(const Anomaly& anomaly, const Trace& trace)> on_anomaly;
    // What a machine's detector learnt before a restart, and where that is kept. May be empty.
    std::function<std::optional<Learnt>(const std::string& machine)> recall;
    std::function<void(const std::string& machine, const Learnt& learnt)> remember;
    Log& log;
  };
  Watch(WatchSetting setting, World world) : setting_(std::move(setting)), world_(std::move(world)) {}

  void note(const std::vector<readings::SensorReading>& said);
  const WatchSetting& setting() const { return setting_; }
  bool covers(std::string_view machine) const;

 private:
  struct Machine {
    readings::RowGrid grid;
    AnomalyTracker tracker;
    std::shared_ptr<Detector> detector;
    Learnt learnt;                                    // its columns are the detector's
    std::vector<std::pair<WallTime, double>> scores;  // the newest
    bool failed = false;
  };
  Machine& machine(const std::string& name);
  void take_up(const std::string& name, Machine& machine, Learnt learnt);
  void learn(const std::string& name, Machine& machine);
  void judge(const std::string& name, Machine& machine, size_t completed);
  size_t learning_rows() const;

  const WatchSetting setting_;
  World world_;
  std::map<std::string, Machine> machines_;
};

}  // namespace oree::detection
