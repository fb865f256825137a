// Volume under the surface of precision and recall (Paparrizos et al., "Volume under the surface: a new
// accuracy evaluation measure for time-series anomaly detection", VLDB 2022): no threshold to choose, and an
// alarm near an anomaly counts in part. The edges of each anomaly are widened by every length from 0 to
// `window`; for each length the area under precision and recall at 250 thresholds is taken; the score is
// their mean. 0..1.
//
// `window` is to be about one period of the series. There is no one right value; here it is kVusWindow for
// every series unless the caller knows better, and scores of different windows cannot be compared. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace oree::detection {

inline constexpr size_t kVusWindow = 100;  // rows

// NaN scores count as the lowest. NaN when there is no anomaly or nothing else. Precondition: equal sizes.
double vus_pr(std::span<const uint8_t> labels, std::span<const double> scores, size_t window = kVusWindow);

}  // namespace oree::detection
