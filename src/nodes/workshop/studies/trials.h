// Makes a network in one way, runs it, and says what that way gives: the measurements of a search.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nodes/workshop/studies/ways.h"
#include "platform/json/value.h"
#include "services/certification/gates.h"

namespace oree::workshop {

struct Trial {
  search::Point point;
  double accuracy = 0, kept = 0, kept_low = 0;  // share of top-1, or agreement; kept of the float network's
  double p50_ms = 0, p95_ms = 0;
  double time_ratio = 1;  // of medians measured in turns with the float network on one thread
  uint64_t bytes = 0;
  std::string digest;   // SHA-256 of the file that was measured
  uint64_t packed = 0;  // bytes of the file when it is compressed: what is sent to a station

  // Lost share of accuracy, time and packed size as shares of the float network's: all to be made small.
  search::Objectives objectives(uint64_t float_packed) const;
};
json::Value to_json(const Trial& trial);
// `invalid` when members are missing or the point is none of the space.
Result<Trial> trial_from(const json::Value& value, const search::Space& space);

struct Baseline {
  double accuracy = 0, p50_ms = 0;
  uint64_t bytes = 0, packed = 0;
};

class Trials {
 public:
  // Measures the float network; borrows all. `others` are the runtimes that the ways name behind the lab's
  // own.
  static Result<Trials> begin(const Laboratory& lab, const Ways& ways, double seconds,
                              std::vector<inference::Backend*> others);
  const Baseline& baseline() const { return baseline_; }
  // `unsupported` for ways that do not exist for this network: nothing that can be quantised in these layers.
  Result<Trial> measure(const search::Point& point);
  // The same network again, as a value.
  Result<graph::Model> build(const search::Point& point) const;

 private:
  Trials(const Laboratory& lab, const Ways& ways, double seconds, std::vector<inference::Backend*> others)
      : lab_(&lab), ways_(&ways), seconds_(seconds), others_(std::move(others)) {}

  const Laboratory* lab_;
  const Ways* ways_;
  double seconds_;  // of timing, for each trial
  std::vector<inference::Backend*> others_;
  std::unique_ptr<inference::Model> float_model_;
  std::vector<certification::Answer> float_answers_;
  Input sample_;
  Baseline baseline_;
  std::map<std::string, certification::Score> scores_;  // by digest and runtime: threads change no answer
};

}  // namespace oree::workshop
