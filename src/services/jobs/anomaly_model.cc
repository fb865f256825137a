#include "services/jobs/anomaly_model.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/text.h"

namespace oree::jobs {
namespace {

constexpr size_t kLeast = 12;

double quantile(std::vector<double>& values, double share) {
  const auto at = values.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

// Silverman's rule; what lies far out must not widen it.
double kernel_width(std::vector<double> values) {
  const auto n = static_cast<double>(values.size());
  double mean = 0, square = 0;
  for (const double value : values) mean += value / n;
  for (const double value : values) square += (value - mean) * (value - mean) / n;
  double spread = std::sqrt(square);
  const double quarters = (quantile(values, 0.75) - quantile(values, 0.25)) / 1.34;
  if (quarters > 0) spread = std::min(spread, quarters);
  const double least = 1e-9 * (1 + std::abs(mean));  // values that are all alike
  return std::max(1.06 * spread * std::pow(n, -0.2), least);
}

double spike_score(const std::vector<double>& before, double value, AnomalyCall::Kind kind) {
  const double width = kernel_width(before) * std::numbers::sqrt2;
  double above = 0;
  for (const double other : before) above += 0.5 * std::erfc((value - other) / width);
  above /= static_cast<double>(before.size());
  if (kind == AnomalyCall::Kind::spikes) return above;
  if (kind == AnomalyCall::Kind::dips) return 1 - above;
  return 2 * std::min(above, 1 - above);
}

// P(sup of a Brownian bridge > x), Kolmogorov's distribution.
double kolmogorov(double x) {
  if (x < 0.2) return 1;
  double sum = 0;
  for (int k = 1; k <= 20; ++k) sum += (k % 2 == 1 ? 2 : -2) * std::exp(-2.0 * k * k * x * x);
  return std::clamp(sum, 0.0, 1.0);
}

struct Change {
  double score = 1;
  size_t at = 0;  // the first value behind it
};

Change find_change(const std::vector<double>& values) {
  std::vector<double> steps;
  for (size_t i = 1; i < values.size(); ++i) steps.push_back(std::abs(values[i] - values[i - 1]));
  double spread = quantile(steps, 0.5) / (0.6745 * std::numbers::sqrt2);
  double mean = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  if (spread == 0) {  // most neighbours are alike: the spread of the values themselves
    for (const double value : values) spread += (value - mean) * (value - mean);
    spread = std::sqrt(spread / static_cast<double>(values.size()));
  }
  if (spread == 0) return {};
  double sum = 0, farthest = 0;
  Change change;
  for (size_t i = 0; i + 1 < values.size(); ++i) {
    sum += values[i] - mean;
    if (std::abs(sum) <= farthest) continue;
    farthest = std::abs(sum);
    change.at = i + 1;
  }
  change.score = kolmogorov(farthest / (spread * std::sqrt(static_cast<double>(values.size()))));
  return change;
}

}  // namespace

AnomalyModel::Verdict AnomalyModel::judge(const AnomalyCall& call, Micros time, double value,
                                          uint64_t position) {
  if (!std::isfinite(value)) return {};
  std::erase_if(seen_, [&](const Seen& old) { return old.time <= time - call.duration; });
  while (seen_.size() >= call.history) seen_.pop_front();
  std::vector<double> values;
  for (const Seen& old : seen_) values.push_back(old.value);
  const bool enough = values.size() >= kLeast;
  const double limit = 1 - call.confidence / 100;
  Verdict verdict;
  seen_.push_back({time, value, position});
  if (!enough) return verdict;
  if (call.kind != AnomalyCall::Kind::change_point) {
    verdict.score = spike_score(values, value, call.kind);
    verdict.is_anomaly = verdict.score < limit;
    return verdict;
  }
  values.push_back(value);
  const Change change = find_change(values);
  verdict = {change.score, change.score < limit};
  if (verdict.is_anomaly) seen_.erase(seen_.begin(), seen_.begin() + static_cast<ptrdiff_t>(change.at));
  return verdict;
}

std::string print(const AnomalyModel::Verdict& verdict) {
  return cat("{\"Score\":", verdict.score, ",\"IsAnomaly\":", verdict.is_anomaly ? 1 : 0, "}");
}

}  // namespace oree::jobs
