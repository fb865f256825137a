// How one model did: counts and sketches that add up over stations and time. A value, no threads.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "core/monitoring/sketch.h"
#include "platform/json/value.h"

namespace oree::rollouts {

// All reports since the roll-out began, added up.
struct Evidence {
  uint64_t requests = 0;
  uint64_t errors = 0;
  monitoring::LatencySketch latency;
  monitoring::BinSketch confidence;  // 100 bins from 0 to 1
  uint64_t shadowed = 0;             // answers in shadow …
  uint64_t agreed = 0;               // … that were as the old model's
  uint64_t labelled = 0;             // answers that people checked …
  uint64_t right = 0;                // … and found right

  // Confidences in other bins are left out.
  void merge(const Evidence& other);
  // What came after `earlier`; a count that went back starts at nothing.
  Evidence since(const Evidence& earlier) const;
  bool operator==(const Evidence&) const = default;
};

json::Value to_json(const Evidence& evidence);
// `invalid` with the member that is wrong. Members that are absent are nothing.
Result<Evidence> parse_evidence(const json::Value& value);

}  // namespace oree::rollouts
