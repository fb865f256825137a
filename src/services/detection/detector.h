// What every anomaly detector does: learn what healthy looks like, then give each moment a score, a threshold
// and the sensors that are to blame.
//
//   auto detector = make_detector("ewma");
//   detector->fit(healthy_rows);
//   auto now = detector->judge(newest_rows);           // newest_rows.count() >= detector->window()
//   if (now->is_anomaly) blame(now->contributions);
//
// Values in, values out: no I/O, no clock, no state that moves while scoring. After fit() everything is const
// and thread-safe. Missing values (NaN) stand for the value before. Networks that come trained are opened by
// networks/autoencoder.h and networks/vibration.h; they are Detectors too.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "services/detection/rows.h"

namespace oree::detection {

struct Judgement {
  double score = 0;
  double threshold = 0;
  bool is_anomaly = false;            // score > threshold
  std::vector<double> contributions;  // one for each column, 0..1, together 1 (or all 0)
};

class Detector {
 public:
  virtual ~Detector() = default;
  virtual std::string_view name() const = 0;
  // Rows that one judgement looks at, the judged one included. Detectors that remember everything (sequential
  // ones) say here how much is enough for live use.
  virtual size_t window() const = 0;
  virtual double threshold() const = 0;
  // Learns from healthy rows and takes its threshold from them. A detector that comes trained only checks the
  // columns. `invalid` for too few rows, other columns than it was made for, or rows that are all NaN.
  virtual Status fit(const Rows& healthy) = 0;
  // One score for each row, looking at that row and those before it; NaN for the rows before the first full
  // window. Precondition: scores.size() == rows.count(). `invalid` before fit() or for other columns.
  virtual Status score(const Rows& rows, std::span<double> scores) const = 0;
  // The last row of `rows`, which should hold window() rows; `invalid` when it holds fewer than needed.
  virtual Result<Judgement> judge(const Rows& rows) const = 0;
  // Many machines at once; networks do it in one run. One result per entry, in order.
  virtual std::vector<Result<Judgement>> judge_each(std::span<const Rows> machines) const;
};

// The detectors that learn on the spot.
struct DetectorFacts {
  std::string_view name;
  std::string_view what;  // one line for people
  bool marks_changes;     // says when something changed, not how long it lasts
};
std::span<const DetectorFacts> detectors();
// What is used when nothing is asked for: at least as good as every other of them on the series of the
// README.
inline constexpr std::string_view kDefaultDetector = "ewma";
// `not_found` with the names there are.
Result<std::unique_ptr<Detector>> make_detector(std::string_view name);

}  // namespace oree::detection
