#include "services/detection/scores/nab_score.h"

#include <algorithm>
#include <cmath>

namespace oree::detection {

namespace {

// −1 … 1 by the place relative to a window: −1 its first row, 0 its end, above 0 behind it. Equation 2 of the
// paper, cut to −1 beyond three window lengths.
double reward(double place) {
  if (place > 3) return -1;
  return 2 / (1 + std::exp(5 * place)) - 1;
}

double width(const RowSpan& window) {
  return static_cast<double>(window.last - window.first + 1);
}

// A false alarm at `row`; `before` is the last window that ended before it.
double false_alarm(size_t row, const RowSpan* before) {
  if (!before) return -1;
  const double behind = static_cast<double>(row - before->last);
  return reward(behind / std::max(width(*before) - 1, 1.0));
}

}  // namespace

size_t nab_probation(size_t rows) {
  return static_cast<size_t>(0.15 * static_cast<double>(std::min<size_t>(rows, 5000)));
}

NabSum nab_sum(std::span<const uint8_t> flags, std::span<const RowSpan> windows, size_t probation,
               const NabProfile& profile) {
  NabSum out;
  size_t next = 0;
  const RowSpan* before = nullptr;
  bool caught = false;
  const auto close = [&](const RowSpan& window) {
    if (window.last >= probation) {
      ++out.windows;
      if (!caught) out.raw -= profile.false_negative;
    }
    before = &window;
    caught = false;
  };
  for (size_t row = 0; row < flags.size(); ++row) {
    while (next < windows.size() && windows[next].last < row) close(windows[next++]);
    if (flags[row] == 0 || row < probation) continue;
    const bool inside = next < windows.size() && windows[next].first <= row;
    if (!inside) {
      out.raw += profile.false_positive * false_alarm(row, before);
    } else if (!caught) {
      const RowSpan& window = windows[next];
      const double place = -static_cast<double>(window.last - row + 1) / width(window);
      out.raw += profile.true_positive * reward(place) / reward(-1);
      caught = true;
    }
  }
  while (next < windows.size()) close(windows[next++]);
  return out;
}

double nab_score(const NabSum& sum, const NabProfile& profile) {
  const auto windows = static_cast<double>(sum.windows);
  if (sum.windows == 0) return std::numeric_limits<double>::quiet_NaN();
  const double silent = -profile.false_negative * windows;
  const double perfect = profile.true_positive * windows;
  return 100 * (sum.raw - silent) / (perfect - silent);
}

}  // namespace oree::detection
