// Isolation Forest (Liu, Ting, Zhou, 2008): rows that few random cuts set apart are odd. Score in 0..1, 0.5
// is ordinary. The same seed grows the same trees.
#pragma once

#include <cstdint>
#include <memory>

#include "services/detection/detector.h"

namespace oree::detection {

struct ForestOptions {
  uint64_t seed = 1;
  size_t trees = 100;
  size_t sample = 256;  // rows each tree sees
  size_t steps = 1;     // rows in a window
  double quantile = 0.99;
};
std::unique_ptr<Detector> make_isolation_forest(std::string_view name, const ForestOptions& options);

}  // namespace oree::detection
