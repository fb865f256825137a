#include "services/detection/numeric/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace oree::detection {

double quantile(std::span<const double> values, double q) {
  std::vector<double> sorted;
  sorted.reserve(values.size());
  std::ranges::copy_if(values, std::back_inserter(sorted), [](double v) { return !std::isnan(v); });
  if (sorted.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double place = std::clamp(q, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  std::ranges::nth_element(sorted, sorted.begin() + static_cast<ptrdiff_t>(below));
  const double low = sorted[below];
  if (below + 1 == sorted.size()) return low;
  const double part = place - static_cast<double>(below);
  if (part == 0) return low;
  const double high = *std::min_element(sorted.begin() + static_cast<ptrdiff_t>(below) + 1, sorted.end());
  return low + (high - low) * part;
}

double median(std::span<const double> values) {
  return quantile(values, 0.5);
}

double robust_deviation(std::span<const double> values, double median_value) {
  std::vector<double> distances(values.begin(), values.end());
  for (double& v : distances) v = std::abs(v - median_value);
  return 1.4826 * median(distances);
}

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double deviation(std::span<const double> values) {
  const double centre = mean(values);
  double sum = 0;
  for (const double v : values) sum += (v - centre) * (v - centre);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

std::vector<double> shares(std::vector<double> parts) {
  const double sum = std::accumulate(parts.begin(), parts.end(), 0.0);
  const bool usable = std::isfinite(sum) && sum > 0;
  for (double& part : parts) part = usable ? part / sum : 0;
  return parts;
}

}  // namespace oree::detection
