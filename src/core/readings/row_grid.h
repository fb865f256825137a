// One machine's readings on a grid of even steps: each sensor's last value within a step; a value that did
// not come is NaN. A step is complete when a reading of a later one has arrived (or `patience` steps later,
// for stragglers). By the readings' own time, so it runs at any speed. Readings older than the newest
// complete row are passed over. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/readings/reading_topics.h"

namespace oree::readings {

class RowGrid {
 public:
  // A hole of more steps than this starts the grid anew: the rows before say nothing about the rows after.
  static constexpr int64_t kLongestHole = 300;

  RowGrid(std::vector<std::string> sensors, microseconds step, size_t keep)
      : sensors_(std::move(sensors)), step_(step), keep_(keep) {}

  // The number of rows that this reading completed. `sensors` grow by themselves when none were named; the
  // rows kept so far then have NaN there.
  size_t note(const SensorReading& reading);

  const std::vector<std::string>& sensors() const { return sensors_; }
  size_t columns() const { return sensors_.size(); }
  size_t count() const { return columns() == 0 ? 0 : values_.size() / columns(); }
  const std::vector<double>& values() const { return values_; }  // the newest `keep` rows, row-major
  WallTime newest() const { return WallTime(microseconds(newest_ * step_.count() + step_.count())); }
  uint64_t rows_seen() const { return rows_seen_; }

 private:
  int64_t step_of(WallTime time) const;
  std::optional<size_t> column(const std::string& sensor);
  void widen();
  void complete(int64_t until);
  void push_row(const std::map<size_t, double>& row);

  std::vector<std::string> sensors_;
  const bool named_ = !sensors_.empty();
  const microseconds step_;
  const size_t keep_;
  std::vector<double> values_;
  std::map<int64_t, std::map<size_t, double>> open_;  // step → column → value
  int64_t newest_ = 0;                                // of the complete rows
  bool started_ = false;
  uint64_t rows_seen_ = 0;
};

}  // namespace oree::readings
