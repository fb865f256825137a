#include "services/detection/drift.h"

#include <algorithm>

#include "core/monitoring/drift.h"
#include "services/detection/numeric/statistics.h"

namespace oree::detection {

Result<double> wasserstein(std::span<const double> reference, std::span<const double> current) {
  return monitoring::wasserstein(reference, current);
}

Result<double> normed_wasserstein(std::span<const double> reference, std::span<const double> current) {
  const auto distance = wasserstein(reference, current);
  if (!distance) return forward(distance);
  return *distance / std::max(deviation(reference), 0.001);
}

}  // namespace oree::detection
