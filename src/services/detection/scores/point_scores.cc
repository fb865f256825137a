#include "services/detection/scores/point_scores.h"

#include <limits>

namespace oree::detection {

namespace {

double share(double part, double whole) {
  return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

Confusion& Confusion::operator+=(const Confusion& other) {
  true_alarms += other.true_alarms;
  false_alarms += other.false_alarms;
  missed += other.missed;
  quiet += other.quiet;
  return *this;
}

Confusion count_alarms(std::span<const uint8_t> labels, std::span<const double> scores, double threshold) {
  Confusion out;
  for (size_t i = 0; i < labels.size(); ++i) {
    const bool flagged = scores[i] > threshold;
    if (labels[i] != 0) {
      ++(flagged ? out.true_alarms : out.missed);
    } else {
      ++(flagged ? out.false_alarms : out.quiet);
    }
  }
  return out;
}

double f1(const Confusion& c) {
  const auto right = static_cast<double>(c.true_alarms);
  return share(right, right + static_cast<double>(c.false_alarms + c.missed) / 2);
}

double false_alarm_rate(const Confusion& c) {
  return 100 * share(static_cast<double>(c.false_alarms), static_cast<double>(c.false_alarms + c.quiet));
}

double missed_alarm_rate(const Confusion& c) {
  return 100 * share(static_cast<double>(c.missed), static_cast<double>(c.missed + c.true_alarms));
}

std::vector<RowSpan> spans_of(std::span<const uint8_t> labels) {
  std::vector<RowSpan> out;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == 0) continue;
    if (!out.empty() && out.back().last + 1 == i) {
      out.back().last = i;
    } else {
      out.push_back({i, i});
    }
  }
  return out;
}

}  // namespace oree::detection
