// From what a tensor looked like to the range that eight bits should cover.
//
// The range always holds 0, so that padding and ReLU's zeros are exact. Formulas: minmax and average are the
// extremes over all samples and the mean of each sample's extremes (what NNCF does); percentile cuts the same
// share of values at each end; entropy (Kullback-Leibler, as in "8-bit inference with TensorRT", Migacz 2017)
// looks for the cut whose quantised distribution is nearest to the clipped one; mse for the cut with the
// least squared error, clipping included. Pure functions.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "services/calibration/statistics.h"

namespace oree::calibration {

enum class Method { minmax, average, percentile, entropy, mse };

struct MethodFacts {
  Method method;
  std::string_view name;  // as the user writes it
  std::string_view what;
};
std::span<const MethodFacts> methods();
std::optional<Method> parse_method(std::string_view name);
std::string_view name_of(Method method);

struct Grid {
  int levels = 256;        // 255 for symmetric 8 bits
  bool symmetric = false;  // the range is [-t, t]
};

struct Range {
  double low = 0, high = 0;
};

constexpr double kPercentile = 0.9999;  // of all values, kept

Range choose_range(const Statistics& statistics, Method method, const Grid& grid);

// For a tensor that is only read as x · sigmoid(x): the range with the least squared error of that product.
// Far below zero, where the product is as good as zero, it is cut.
Range gated_range(const Statistics& statistics, const Grid& grid);

// Mean squared error of quantising the tensor with this range, from the histogram.
double quantisation_error(const Histogram& histogram, const Range& range, const Grid& grid);

}  // namespace oree::calibration
