// AnomalyDetection_SpikeAndDip and AnomalyDetection_ChangePoint: is this value unlike those before it?
// Values, no clock. Ours keep what Stream Analytics' ask for and answer, not its numbers:
//
//   spike, dip     how likely a value so far out is, by a kernel density over the values of the history
//                  (Gaussian, width by Silverman's rule); Score is that p-value, two-sided for both
//   change point   whether the mean has changed within the history: the CUSUM test (Csörgő and Horváth, Limit
//                  Theorems in Change-Point Analysis, 1997, 2.1), its spread from the differences of
//                  neighbours; Score is its p-value. What lay before a change is forgotten.
// IsAnomaly is 1 when Score < 1 - confidence / 100. With less than 12 values of history, Score is 0.5 and
// IsAnomaly 0. Neighbouring values that depend on each other make the change point cry too often.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "services/jobs/language.h"

namespace oree::jobs {

struct AnomalyCall {
  enum class Kind { change_point, spikes, dips, spikes_and_dips };
  Kind kind = Kind::change_point;
  double confidence = 95;        // percent
  size_t history = 120;          // values at most
  Micros duration = 0;           // and not older than this
  std::string value, key, when;  // SQL over the event; key and when may be empty
};

class AnomalyModel {
 public:
  struct Verdict {
    double score = 0.5;
    bool is_anomaly = false;
  };
  // Of `value`, which is then part of the history.
  Verdict judge(const AnomalyCall& call, Micros time, double value, uint64_t position);
  Micros newest() const { return seen_.empty() ? 0 : seen_.back().time; }
  // The oldest position that the history still holds; the largest number for none.
  uint64_t oldest() const { return seen_.empty() ? UINT64_MAX : seen_.front().position; }

 private:
  struct Seen {
    Micros time;
    double value;
    uint64_t position;
  };
  std::deque<Seen> seen_;
};

// {"Score":0.013,"IsAnomaly":1}
std::string print(const AnomalyModel::Verdict& verdict);

}  // namespace oree::jobs
