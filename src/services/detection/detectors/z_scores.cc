#include "services/detection/detectors/z_scores.h"

#include <algorithm>
#include <cmath>

#include "services/detection/detectors/fitted_detector.h"
#include "services/detection/numeric/statistics.h"

namespace oree::detection {

namespace {

// A robust z-score is the running mean that remembers nothing.
class RunningMean final : public FittedDetector {
 public:
  RunningMean(std::string_view name, double weight, size_t window, Calibration calibration)
      : FittedDetector(name, window, calibration), weight_(weight) {}

 protected:
  // A running mean varies less than its readings, and by how much depends on how they follow each other: its
  // own median and spread are what it is measured by.
  Status learn(const Rows& rows) override {
    std::vector<std::vector<double>> means(rows.columns);
    follow(rows, [&](size_t, std::span<const double> now) {
      for (size_t c = 0; c < now.size(); ++c) means[c].push_back(now[c]);
    });
    centre_.clear();
    spread_.clear();
    for (const auto& column : means) {
      centre_.push_back(median(column));
      const double robust = robust_deviation(column, centre_.back());
      spread_.push_back(std::max({robust, 0.1 * deviation(column), 1.0}));
    }
    return {};
  }

  void measure(const Rows& rows, std::span<double> scores, std::vector<double>* blame) const override {
    follow(rows, [&](size_t i, std::span<const double> now) {
      scores[i] = 0;
      for (size_t c = 0; c < now.size(); ++c) {
        const double z = std::abs(now[c] - centre_[c]) / spread_[c];
        scores[i] = std::max(scores[i], z);
        // Squares, so that who is far out takes most of the blame.
        if (blame) (*blame)[c] = z * z;
      }
    });
  }

 private:
  // Calls `each(row, running means)`; the means begin at the healthy median.
  template <class Each>
  void follow(const Rows& rows, Each each) const {
    std::vector<double> means(rows.columns, 0.0);
    for (size_t i = 0; i < rows.count(); ++i) {
      const auto row = rows.row(i);
      for (size_t c = 0; c < row.size(); ++c) means[c] += weight_ * (row[c] - means[c]);
      each(i, means);
    }
  }

  double weight_;
  std::vector<double> centre_, spread_;
};

}  // namespace

std::unique_ptr<Detector> make_robust_z() {
  return std::make_unique<RunningMean>("robust_z", 1.0, 1, Calibration{.quantile = 0.99});
}

std::unique_ptr<Detector> make_ewma(double weight) {
  // After this many rows a hundredth is left of what lies before.
  const auto window = static_cast<size_t>(std::ceil(std::log(0.01) / std::log(1 - weight)));
  return std::make_unique<RunningMean>("ewma", weight, window, Calibration{.margin = 1.25});
}

}  // namespace oree::detection
