#include "services/detection/rows.h"

#include <cmath>

namespace oree::detection {

std::vector<double> fill_gaps(const Rows& rows, std::span<const double> fallback) {
  std::vector<double> out(rows.values.begin(), rows.values.end());
  const size_t columns = rows.columns;
  for (size_t i = 0; i < out.size(); ++i) {
    if (!std::isfinite(out[i])) out[i] = i < columns ? fallback[i] : out[i - columns];
  }
  return out;
}

}  // namespace oree::detection
