// Medians, quantiles and shares. Pure.
#pragma once

#include <span>
#include <vector>

namespace oree::detection {

// Linear between the two nearest ranks, as numpy's default. NaN values are left out; NaN when nothing is
// left.
double quantile(std::span<const double> values, double q);
double median(std::span<const double> values);
// 1.4826 × median |x − median|: the standard deviation, for a bell curve, untouched by a few wild values.
double robust_deviation(std::span<const double> values, double median);
double mean(std::span<const double> values);
double deviation(std::span<const double> values);  // population, as numpy's std
// Divided by their sum; all zero when that is zero or not finite.
std::vector<double> shares(std::vector<double> parts);

}  // namespace oree::detection
