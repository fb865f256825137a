#include "services/serving/scheduler/scheduled.h"

#include <algorithm>

#include "base/text.h"
#include "services/serving/scheduler/ensemble/ensemble_model.h"
#include "services/serving/scheduler/recorder.h"
#include "services/serving/scheduler/scheduled_model.h"
#include "services/serving/scheduler/sequences/sequence_model.h"

namespace oree::serving {

void Scheduled::record_latencies(const inference::CallTimes& times) {
  const auto between = [](MonoTime from, MonoTime to) {
    return std::chrono::duration_cast<microseconds>(std::max(to - from, MonoTime::duration(0)));
  };
  latencies_.request.record(between(beginning(times), times.compute_end));
  latencies_.queue.record(between(times.queued, times.compute_start));
  latencies_.input.record(between(times.compute_start, times.infer_start));
  latencies_.infer.record(between(times.infer_start, times.infer_end));
  latencies_.output.record(between(times.infer_end, times.compute_end));
}

void Scheduled::fill_latencies(inference::ModelStatistics& statistics) const {
  const auto us = [this](double p) { return static_cast<double>(latencies_.request.percentile(p).count()); };
  statistics.p50_us = us(50);
  statistics.p95_us = us(95);
  statistics.p99_us = us(99);
}

Result<std::shared_ptr<Scheduled>> schedule(ScheduledParts parts, const Surroundings& surroundings) {
  if (parts.settings.ensemble) return EnsembleModel::create(std::move(parts), surroundings);
  if (parts.models.empty()) {
    return fail(ErrorKind::bug, cat("model '", parts.description.name, "': no network to schedule"));
  }
  if (parts.settings.instances < 1) {
    return fail(ErrorKind::invalid, cat("model '", parts.description.name, "': instance_group { count: ",
                                        parts.settings.instances, " } must be 1 or more"));
  }
  if (parts.settings.sequences) return SequenceModel::create(std::move(parts), surroundings);
  return ScheduledModel::create(std::move(parts), surroundings);
}

}  // namespace oree::serving
