// Principal components of healthy rows, or of windows of them: how far a row goes along the known directions
// (T²), and how far it leaves them (Q, the squared prediction error). Jackson, Mudholkar, "Control procedures
// for residuals associated with principal component analysis", 1979. Limits are the 0.99 quantiles of
// training. Learning needs twice as many windows as a window has values.
#pragma once

#include <memory>

#include "services/detection/detector.h"

namespace oree::detection {

enum class PcaStatistic {
  t2,
  q,
  both,  // T² / limit + Q / limit
};

struct PcaOptions {
  PcaStatistic statistic = PcaStatistic::both;
  size_t steps = 1;        // rows in a window; 60 sees the shape of a cycle
  double variance = 0.9;   // share that the kept components explain
  double quantile = 0.99;  // of the training scores, the threshold
};
std::unique_ptr<Detector> make_pca(std::string_view name, const PcaOptions& options);

}  // namespace oree::detection
