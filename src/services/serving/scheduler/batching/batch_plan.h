// What a model whose calls wait should do now: run so many of them, or wait until then. Pure.
#pragma once

#include "core/modelconfig/scheduling.h"
#include "services/serving/scheduler/batching/batch_profile.h"
#include "services/serving/scheduler/batching/waiting_line.h"

namespace oree::serving {

struct BatchLimits {
  uint64_t largest = 1;               // rows of one run
  std::vector<uint64_t> preferred;    // ascending; may be empty
  std::chrono::nanoseconds delay{0};  // how long the oldest call may wait for others
};

// From a model's configuration; without dynamic batching every run is one call's.
BatchLimits batch_limits(const std::optional<modelconfig::DynamicBatching>& settings, int64_t max_batch_size);

struct BatchPlan {
  size_t calls = 0;  // from the front of the line; 0: none yet
  uint64_t rows = 0;
  MonoTime look_again = MonoTime::max();  // when calls is 0: the time that changes it, if nothing comes
};

// Whether a quick model's call should wait for company although it could run at once where it is. One thread
// that brings calls one after the other never shows more than one at a time, so now and then a call is queued
// to see whether others come meanwhile; as long as they do, calls are queued.
class Gathering {
 public:
  bool wanted() { return queueing_ || ++direct_ % kLookEvery == 0; }
  void observe_run(size_t calls);

 private:
  static constexpr uint64_t kLookEvery = 64;
  bool queueing_ = false;
  uint64_t direct_ = 0;
  double calls_per_run_ = 1;
};

BatchPlan plan_batch(const WaitingLine& line, const BatchLimits& limits, BatchProfile& profile, MonoTime now);

}  // namespace oree::serving
