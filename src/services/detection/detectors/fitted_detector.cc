#include "services/detection/detectors/fitted_detector.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "services/detection/numeric/statistics.h"

namespace oree::detection {

namespace {

std::vector<double> column_of(const Rows& rows, size_t column) {
  std::vector<double> out;
  out.reserve(rows.count());
  for (size_t i = 0; i < rows.count(); ++i) {
    const double value = rows.row(i)[column];
    if (std::isfinite(value)) out.push_back(value);
  }
  return out;
}

// A column that never moved while it was healthy must not make the first wobble an alarm of any size; one
// that mostly rested is not judged by its rests alone.
double spread_of(std::span<const double> values, double centre) {
  const double robust = robust_deviation(values, centre);
  const double floor = std::max(1e-6 * std::abs(centre), 1e-9);
  return std::max({robust, 0.1 * deviation(values), floor});
}

}  // namespace

Status FittedDetector::check(const Rows& rows) const {
  if (centre_.empty()) return fail(ErrorKind::invalid, cat("detector '", name_, "' has not learned yet"));
  if (rows.columns == centre_.size()) return {};
  return fail(ErrorKind::invalid,
              cat("detector '", name_, "' learned ", centre_.size(), " columns, got ", rows.columns));
}

std::vector<double> FittedDetector::standardise(const Rows& rows) const {
  std::vector<double> out = fill_gaps(rows, centre_);
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t column = i % rows.columns;
    out[i] = std::clamp((out[i] - centre_[column]) / spread_[column], -kFar, kFar);
  }
  return out;
}

Status FittedDetector::fit(const Rows& healthy) {
  const size_t enough = least(healthy.columns);
  if (healthy.columns == 0 || healthy.count() < enough) {
    return fail(ErrorKind::invalid, cat("detector '", name_, "' learns from ", enough,
                                        " healthy rows or more, got ", healthy.count()));
  }
  std::vector<double> centre, spread;
  for (size_t c = 0; c < healthy.columns; ++c) {
    const auto values = column_of(healthy, c);
    if (values.empty()) {
      return fail(ErrorKind::invalid, cat("detector '", name_, "': column ", c + 1, " has no value at all"));
    }
    centre.push_back(median(values));
    spread.push_back(spread_of(values, centre.back()));
  }
  centre_ = std::move(centre);
  spread_ = std::move(spread);
  const auto rows = standardise(healthy);
  if (auto status = learn({rows, healthy.columns}); !status) return status;
  threshold_ = calibration_.fixed;
  if (threshold_ > 0) return {};
  std::vector<double> scores(healthy.count());
  measure_all({rows, healthy.columns}, scores, nullptr);
  threshold_ = quantile(scores, calibration_.quantile) * calibration_.margin;
  return {};
}

void FittedDetector::measure_all(const Rows& rows, std::span<double> scores,
                                 std::vector<double>* blame) const {
  const size_t before = std::min(needed() - 1, scores.size());
  std::fill_n(scores.begin(), before, std::numeric_limits<double>::quiet_NaN());
  if (before < scores.size()) measure(rows, scores, blame);
}

Status FittedDetector::score(const Rows& rows, std::span<double> scores) const {
  if (auto status = check(rows); !status) return status;
  const auto values = standardise(rows);
  measure_all({values, rows.columns}, scores, nullptr);
  return {};
}

Result<Judgement> FittedDetector::judge(const Rows& rows) const {
  if (auto status = check(rows); !status) return forward(status);
  if (rows.count() < needed()) {
    return fail(ErrorKind::invalid,
                cat("detector '", name_, "' judges ", needed(), " rows or more, got ", rows.count()));
  }
  const Rows newest = rows.count() > window_ ? rows.last(window_) : rows;
  const auto values = standardise(newest);
  std::vector<double> scores(newest.count());
  std::vector<double> blame(rows.columns, 0.0);
  measure_all({values, rows.columns}, scores, &blame);
  return Judgement{scores.back(), threshold_, scores.back() > threshold_, shares(std::move(blame))};
}

}  // namespace oree::detection
