// Has the distribution of a quantity moved away from where it was learned? Pure.
//
// Two numbers that are both called "Wasserstein distance" elsewhere, named apart:
//   wasserstein          as scipy.stats.wasserstein_distance: in the quantity's own unit. A threshold of 0.15
//   on
//                        confidences means a mean shift of 0.15.
//   normed_wasserstein   the same divided by the reference's standard deviation (at least 0.001), as
//   Evidently
//                        does; its usual threshold is 0.1.
#pragma once

#include <span>

#include "base/result.h"

namespace oree::detection {

// The area between the two cumulative distributions. `invalid` for an empty sample or one with NaN.
Result<double> wasserstein(std::span<const double> reference, std::span<const double> current);
Result<double> normed_wasserstein(std::span<const double> reference, std::span<const double> current);

inline constexpr double kConfidenceDriftThreshold = 0.15;  // for wasserstein() on confidences
inline constexpr double kNormedDriftThreshold = 0.1;       // for normed_wasserstein()

}  // namespace oree::detection
