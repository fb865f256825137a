// From scores to anomalies: one begins when a score has been above its threshold often enough in a row, and
// is over when it has been below for long enough. One tracker for each machine and detector. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "platform/json/value.h"

namespace oree::detection {

using Contributions =
    std::vector<std::pair<std::string, double>>;  // sensor → share of the score, largest first

struct Score {
  WallTime time;
  double value = 0;
  double threshold = 0;
  Contributions contributions;
};

struct Anomaly {
  std::string id;
  std::string machine;
  std::string detector;
  WallTime from;
  WallTime to;       // of the newest window above the threshold
  double score = 0;  // the highest
  double threshold = 0;
  Contributions contributions;  // at the highest score
  bool over = false;
};

// "robot-01: bit_friction (62 %) and drill_temperature (30 %) are unlike what they were in health"
std::string sentence(const Anomaly& anomaly);
json::Value anomaly_json(const Anomaly& anomaly);
std::optional<Anomaly> parse_anomaly(const json::Value& value);  // what anomaly_json() gave

class AnomalyTracker {
 public:
  static constexpr int kBegin = 3;  // windows above, in a row
  static constexpr int kEnd = 5;    // windows below, in a row

  AnomalyTracker(std::string machine, std::string detector)
      : machine_(std::move(machine)), detector_(std::move(detector)) {}

  // The anomaly when it begins, grows or is over.
  std::optional<Anomaly> note(const Score& score);
  bool open() const { return anomaly_.has_value(); }

 private:
  std::optional<Anomaly> above(const Score& score);
  std::optional<Anomaly> below();
  std::string machine_, detector_;
  std::optional<Anomaly> anomaly_;
  std::optional<Score> first_;  // of the run above the threshold
  std::optional<Score> highest_;
  int above_ = 0;
  int below_ = 0;
};

}  // namespace oree::detection
