// Detectors side by side on the same series, honestly: each learns from the healthy rows at the front of each
// series, takes its threshold from them alone, and is scored by four published measures.
//
//   auto series = load_series("skab/valve1");
//   auto table = compare(*series, candidates, {});
//   std::cout << table_text(*table);
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "services/detection/detector.h"
#include "services/detection/scores/vus.h"
#include "services/detection/series/series.h"

namespace oree::detection {

struct ComparePlan {
  size_t vus_window = kVusWindow;
  // Whether the rows that were learned from are scored too, as SKAB's published figures do. They flatter the
  // false alarm rate.
  bool score_training = false;
};

// Series together: alarms are counted over all rows, NAB's score over all windows, VUS-PR is the mean.
struct ScoreLine {
  std::string detector;
  double f1 = 0;                 // at the detector's own threshold
  double false_alarm_rate = 0;   // FAR, %
  double missed_alarm_rate = 0;  // MAR, %
  double nab = 0;                // at the best multiple of its threshold over all series, as NAB's own table
  double nab_own = 0;            // at its threshold; every row of a long false alarm costs
  double vus_pr = 0;
  double seconds = 0;   // learning and scoring
  std::string failure;  // why there are no figures; "" when there are
};

// `invalid` when a series has no labels, or no healthy rows to learn from. One line for each detector, best
// F1 first; detectors that fail come last with their reason.
Result<std::vector<ScoreLine>> compare(std::span<const Series> series,
                                       std::span<const std::unique_ptr<Detector>> candidates,
                                       const ComparePlan& plan);
// Every detector of detectors(), fresh.
std::vector<std::unique_ptr<Detector>> all_detectors();

std::string table_text(std::span<const ScoreLine> lines);

}  // namespace oree::detection
