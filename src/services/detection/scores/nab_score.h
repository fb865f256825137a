// The score of the Numenta Anomaly Benchmark (Lavin, Ahmad, "Evaluating real-time anomaly detection
// algorithms", 2015), standard profile: in each anomaly window the earliest alarm counts, the earlier the
// more; a false alarm costs 0.11, less when it comes just after a window; a missed window costs 1. Rows of
// the probationary period do not count. 0 is a detector that is silent, 100 a perfect one; worse than silent
// is below 0. Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "services/detection/scores/point_scores.h"

namespace oree::detection {

struct NabProfile {
  double true_positive = 1, false_positive = 0.11, false_negative = 1;
};

// 15 % of the rows, of at most 5,000.
size_t nab_probation(size_t rows);

struct NabSum {
  double raw = 0;      // sum over series
  size_t windows = 0;  // anomaly windows that count
};
// `flags`: one for each row, not 0 = alarm. Windows must be in order and apart. Add the sums of several
// series.
NabSum nab_sum(std::span<const uint8_t> flags, std::span<const RowSpan> windows, size_t probation,
               const NabProfile& profile = {});
// 100 × (raw − silent) / (perfect − silent); NaN without windows.
double nab_score(const NabSum& sum, const NabProfile& profile = {});

}  // namespace oree::detection
