// Has a quantity moved away from where it was learned? Three numbers, on raw samples and on sketches. Pure.
//
//   wasserstein  the area between the two cumulative distributions, in the quantity's own unit. On
//   confidences a
//                threshold of 0.15 means a mean shift of 0.15. Samples: as scipy.stats.wasserstein_distance,
//                to 1e-9. Sketches: each value moves by half a bin at most, so within one bin's width.
//   ks           the largest vertical distance between them, 0 to 1. Samples: the statistic of
//                scipy.stats.ks_2samp. Sketches: never more, and less by at most the share that the fuller of
//                the two holds in one bin.
//   psi          population stability index, Σ (c - r) ln(c / r) over the bins; usual reading: below 0.1
//   nothing,
//                above 0.25 moved. Empty bins count as half a value. Defined on bins, so sketches are exact;
//                the form for samples sorts them into ten bins of equal share of the reference first.
#pragma once

#include <span>

#include "base/result.h"
#include "core/monitoring/sketch.h"

namespace oree::monitoring {

inline constexpr double kDriftThreshold = 0.15;  // wasserstein on confidences, a usual one
inline constexpr double kPsiThreshold = 0.25;

// `invalid` for an empty sample, or one that holds NaN or infinity.
Result<double> wasserstein(std::span<const double> reference, std::span<const double> current);
Result<double> ks(std::span<const double> reference, std::span<const double> current);
Result<double> psi(std::span<const double> reference, std::span<const double> current);

// `invalid` when one is empty or their bins differ.
Result<double> wasserstein(const BinSketch& reference, const BinSketch& current);
Result<double> ks(const BinSketch& reference, const BinSketch& current);
Result<double> psi(const BinSketch& reference, const BinSketch& current);

}  // namespace oree::monitoring
