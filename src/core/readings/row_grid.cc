#include "core/readings/row_grid.h"

#include <algorithm>
#include <limits>

namespace oree::readings {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kMostSensors = 256;

}  // namespace

int64_t RowGrid::step_of(WallTime time) const {
  const int64_t us = time.time_since_epoch().count();
  const int64_t step = us / step_.count();
  return us < 0 && us % step_.count() != 0 ? step - 1 : step;
}

std::optional<size_t> RowGrid::column(const std::string& sensor) {
  const auto at = std::ranges::find(sensors_, sensor);
  if (at != sensors_.end()) return static_cast<size_t>(at - sensors_.begin());
  if (named_ || sensors_.size() == kMostSensors) return std::nullopt;
  sensors_.push_back(sensor);
  if (sensors_.size() > 1) widen();
  return sensors_.size() - 1;
}

void RowGrid::widen() {
  const size_t before = sensors_.size() - 1;
  std::vector<double> wider;
  for (size_t at = 0; at < values_.size(); at += before) {
    const auto row = values_.begin() + static_cast<ptrdiff_t>(at);
    wider.insert(wider.end(), row, row + static_cast<ptrdiff_t>(before));
    wider.push_back(kMissing);
  }
  values_ = std::move(wider);
}

size_t RowGrid::note(const SensorReading& reading) {
  const auto at = column(reading.sensor);
  if (!at) return 0;
  const int64_t step = step_of(reading.time);
  if (started_ && step <= newest_) return 0;
  if (started_ && step - newest_ > kLongestHole) {
    values_.clear();
    open_.clear();
    started_ = false;
  }
  open_[step][*at] = reading.value;
  if (!started_) {
    newest_ = open_.begin()->first - 1;
    started_ = true;
  }
  const uint64_t before = rows_seen_;
  complete(step);
  return rows_seen_ - before;
}

// Every row before `until`.
void RowGrid::complete(int64_t until) {
  while (newest_ + 1 < until) {
    ++newest_;
    const auto at = open_.find(newest_);
    push_row(at == open_.end() ? std::map<size_t, double>() : at->second);
    if (at != open_.end()) open_.erase(at);
  }
}

void RowGrid::push_row(const std::map<size_t, double>& row) {
  ++rows_seen_;
  if (count() == keep_) values_.erase(values_.begin(), values_.begin() + static_cast<ptrdiff_t>(columns()));
  for (size_t column = 0; column < columns(); ++column) {
    const auto at = row.find(column);
    values_.push_back(at == row.end() ? kMissing : at->second);
  }
}

}  // namespace oree::readings
