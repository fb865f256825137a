// The simplest detectors that work: how far a row, or its running mean, is from the healthy median.
#pragma once

#include <memory>

#include "services/detection/detector.h"

namespace oree::detection {

// The largest |x − median| / (1.4826 MAD) of a row's columns. Threshold: the 0.99 quantile of training.
std::unique_ptr<Detector> make_robust_z();

// The same of the exponentially weighted running mean of each column, which begins at the healthy median
// (EWMA control chart; Roberts, "Control chart tests based on geometric moving averages", 1959). `weight` is
// that of the newest row: 0.1 remembers about ten rows.
// Threshold: a quarter above the largest of training.
std::unique_ptr<Detector> make_ewma(double weight = 0.1);

}  // namespace oree::detection
