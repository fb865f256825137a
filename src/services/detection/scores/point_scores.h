// How right a detector was, row by row. F1, FAR and MAR as the SKAB benchmark defines them. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace oree::detection {

struct Confusion {
  uint64_t true_alarms = 0, false_alarms = 0, missed = 0, quiet = 0;

  Confusion& operator+=(const Confusion& other);
};
// Precondition: equal sizes. A row is flagged when score > threshold; NaN is not flagged.
Confusion count_alarms(std::span<const uint8_t> labels, std::span<const double> scores, double threshold);

// Each is NaN where it is not defined (no anomalies, or nothing else).
double f1(const Confusion& c);                 // TP / (TP + (FP + FN) / 2)
double false_alarm_rate(const Confusion& c);   // FAR, %: FP / (FP + TN)
double missed_alarm_rate(const Confusion& c);  // MAR, %: FN / (FN + TP)

// Rows [first, last], both included.
struct RowSpan {
  size_t first = 0, last = 0;
  bool operator==(const RowSpan&) const = default;
};
std::vector<RowSpan> spans_of(std::span<const uint8_t> labels);

}  // namespace oree::detection
