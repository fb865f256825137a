#include "services/detection/detectors/pca.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "services/detection/detectors/fitted_detector.h"
#include "services/detection/numeric/statistics.h"
#include "services/detection/numeric/symmetric_eigen.h"

namespace oree::detection {

namespace {

// A window flattened and less its mean. All windows are contiguous in memory: no copy is needed to find one.
class Pca final : public FittedDetector {
 public:
  Pca(std::string_view name, const PcaOptions& options)
      : FittedDetector(name, options.steps, {.quantile = options.quantile}), options_(options) {}

 protected:
  size_t needed() const override { return options_.steps; }
  // With fewer windows than values in one, whatever was learned fits itself and nothing else.
  size_t least(size_t columns) const override {
    return std::max<size_t>(10, 2 * options_.steps * columns + options_.steps);
  }

  Status learn(const Rows& rows) override {
    size_ = options_.steps * rows.columns;
    const size_t windows = rows.count() - options_.steps + 1;
    mean_.assign(size_, 0.0);
    for (size_t i = 0; i < windows; ++i) add(mean_, window_at(rows, i), 1.0 / static_cast<double>(windows));
    const Eigen eigen = symmetric_eigen(covariance(rows, windows), size_);
    keep(eigen);
    std::vector<double> t2(windows), q(windows);
    for (size_t i = 0; i < windows; ++i) {
      const Distance distance = distance_of(window_at(rows, i));
      t2[i] = distance.t2;
      q[i] = distance.q;
    }
    constexpr double kLimit = 0.99;
    t2_limit_ = std::max(quantile(t2, kLimit), 1e-12);
    q_limit_ = std::max(quantile(q, kLimit), 1e-12);
    return {};
  }

  void measure(const Rows& rows, std::span<double> scores, std::vector<double>* blame) const override {
    Distance distance;
    for (size_t i = 0; i + options_.steps <= rows.count(); ++i) {
      distance = distance_of(window_at(rows, i));
      scores[i + options_.steps - 1] = statistic(distance);
    }
    if (!blame) return;
    const auto last = window_at(rows, rows.count() - options_.steps);
    for (size_t k = 0; k < size_; ++k) {
      const double centred = last[k] - mean_[k];
      const double residual = distance.residual[k];
      const double inside = centred - residual;
      double part = 0;
      if (options_.statistic != PcaStatistic::q) part += inside * inside / t2_limit_;
      if (options_.statistic != PcaStatistic::t2) part += residual * residual / q_limit_;
      (*blame)[k % rows.columns] += part;
    }
  }

 private:
  struct Distance {
    double t2 = 0, q = 0;
    std::vector<double> residual;
  };

  std::span<const double> window_at(const Rows& rows, size_t first) const {
    return rows.values.subspan(first * rows.columns, size_);
  }

  static void add(std::vector<double>& sum, std::span<const double> values, double times) {
    for (size_t k = 0; k < sum.size(); ++k) sum[k] += times * values[k];
  }

  std::vector<double> covariance(const Rows& rows, size_t windows) const {
    std::vector<double> matrix(size_ * size_, 0.0), centred(size_);
    for (size_t i = 0; i < windows; ++i) {
      const auto values = window_at(rows, i);
      for (size_t k = 0; k < size_; ++k) centred[k] = values[k] - mean_[k];
      for (size_t p = 0; p < size_; ++p) {
        for (size_t r = p; r < size_; ++r) matrix[p * size_ + r] += centred[p] * centred[r];
      }
    }
    for (double& v : matrix) v /= static_cast<double>(std::max<size_t>(windows - 1, 1));
    return matrix;
  }

  // As many components as explain the wanted share; at least one, and none without variance.
  void keep(const Eigen& eigen) {
    const double all = std::accumulate(eigen.values.begin(), eigen.values.end(), 0.0);
    double explained = 0;
    kept_ = 0;
    while (kept_ < size_ && eigen.values[kept_] > 1e-9 * all &&
           (kept_ == 0 || explained < options_.variance * all)) {
      explained += eigen.values[kept_++];
    }
    variances_.assign(eigen.values.begin(), eigen.values.begin() + static_cast<ptrdiff_t>(kept_));
    directions_.assign(eigen.vectors.begin(), eigen.vectors.begin() + static_cast<ptrdiff_t>(kept_ * size_));
  }

  Distance distance_of(std::span<const double> values) const {
    Distance out;
    out.residual.resize(size_);
    for (size_t k = 0; k < size_; ++k) out.residual[k] = values[k] - mean_[k];
    const std::vector<double> centred = out.residual;
    for (size_t c = 0; c < kept_; ++c) {
      const double* direction = &directions_[c * size_];
      const double along = std::inner_product(centred.begin(), centred.end(), direction, 0.0);
      out.t2 += along * along / variances_[c];
      for (size_t k = 0; k < size_; ++k) out.residual[k] -= along * direction[k];
    }
    out.q = std::inner_product(out.residual.begin(), out.residual.end(), out.residual.begin(), 0.0);
    return out;
  }

  double statistic(const Distance& distance) const {
    if (options_.statistic == PcaStatistic::t2) return distance.t2;
    if (options_.statistic == PcaStatistic::q) return distance.q;
    return distance.t2 / t2_limit_ + distance.q / q_limit_;
  }

  PcaOptions options_;
  size_t size_ = 0, kept_ = 0;
  std::vector<double> mean_, variances_, directions_;
  double t2_limit_ = 1, q_limit_ = 1;
};

}  // namespace

std::unique_ptr<Detector> make_pca(std::string_view name, const PcaOptions& options) {
  return std::make_unique<Pca>(name, options);
}

}  // namespace oree::detection
