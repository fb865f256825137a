// Counts what a version does, exactly, in the terms of Triton's statistics. A value; whoever owns it guards
// it. Batch sizes get their row when they are first seen.
#pragma once

#include <span>

#include "core/inference/service/statistics.h"
#include "services/serving/scheduler/batching/waiting_line.h"

namespace oree::serving {

// When the request came: as the dialect says, or when it was handed over.
MonoTime beginning(const inference::CallTimes& times);

class Recorder {
 public:
  // A run that answered all of `calls`.
  void ran(std::span<const Waiting> calls, uint64_t rows, WallTime now);
  void cached(const inference::Call& call, std::chrono::nanoseconds looked, WallTime now);
  // A run whose answer was not in the cache: what looking, and keeping the answer, took.
  void missed(std::chrono::nanoseconds took);
  void failed(const inference::Call& call, inference::FailureReason reason, MonoTime now);
  const inference::ModelStatistics& statistics() const { return statistics_; }

 private:
  inference::ModelStatistics statistics_;
};

}  // namespace oree::serving
