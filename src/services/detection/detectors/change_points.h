// Detectors that notice a change and then forget it: they mark when, not how long. Each column is followed by
// itself; the score is that of the loudest.
#pragma once

#include <memory>

#include "services/detection/detector.h"

namespace oree::detection {

// Two-sided cumulative sum of what exceeds half a spread (Page, "Continuous inspection schemes", 1954). Grows
// while the shift lasts, falls after. Threshold: the largest of training.
std::unique_ptr<Detector> make_cusum(double slack = 0.5);

// The same against the running mean instead of the healthy median, begun anew after each alarm
// (Page-Hinkley). `allowed` and `alarm` in spreads.
std::unique_ptr<Detector> make_page_hinkley(double allowed = 0.25, double alarm = 25);

// A window of adaptive length that drops its older part when the two parts' means differ more than chance
// allows (Bifet, Gavaldà, "Learning from time-changing data with adaptive windowing", 2007: ADWIN2 with its
// buckets). Score: difference / bound; above 1 is a change.
std::unique_ptr<Detector> make_adwin(double confidence = 0.002);

}  // namespace oree::detection
