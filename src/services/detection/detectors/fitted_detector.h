// What the detectors that learn on the spot have in common: columns checked, gaps filled, rows standardised
// by the healthy median and spread, windows laid out, threshold taken from the scores of the rows that were
// learned from. One more detector is a class with learn() and measure() and a row in detectors.cc. Private to
// this room.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "services/detection/detector.h"

namespace oree::detection {

// The threshold is quantile(training scores, `quantile`) × margin; or `fixed` when that is above 0.
struct Calibration {
  double quantile = 1;  // 1: the largest, as the LSTM's
  double margin = 1;
  double fixed = 0;
};

class FittedDetector : public Detector {
 public:
  FittedDetector(std::string_view name, size_t window, Calibration calibration)
      : name_(name), window_(window), calibration_(calibration) {}

  std::string_view name() const override { return name_; }
  size_t window() const override { return window_; }
  double threshold() const override { return threshold_; }
  Status fit(const Rows& healthy) override;
  Status score(const Rows& rows, std::span<double> scores) const override;
  Result<Judgement> judge(const Rows& rows) const override;

 protected:
  // `rows` are standardised, without gaps: about mean 0 and spread 1 for each healthy column, within ±kFar.
  virtual Status learn(const Rows& rows) = 0;
  // A score for every row from needed()-1 on. When `blame` is not null: how much each column adds to the last
  // row's score, in any unit.
  virtual void measure(const Rows& rows, std::span<double> scores, std::vector<double>* blame) const = 0;
  // Rows before a score exists; 1 for detectors that look at rows or remember.
  virtual size_t needed() const { return 1; }
  // Rows that learning needs; fewer are refused.
  virtual size_t least(size_t /*columns*/) const { return std::max<size_t>(10, 2 * needed()); }

 private:
  static constexpr double kFar = 1e4;
  Status check(const Rows& rows) const;
  std::vector<double> standardise(const Rows& rows) const;
  void measure_all(const Rows& rows, std::span<double> scores, std::vector<double>* blame) const;

  std::string name_;
  size_t window_;
  Calibration calibration_;
  double threshold_ = 0;
  std::vector<double> centre_, spread_;  // empty before fit()
};

}  // namespace oree::detection
