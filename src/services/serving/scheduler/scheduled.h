// The door of this alcove: a version of a model, ready to be asked, made from its network and configuration.
//
//   Workers workers(clock);                      // one for all models; outlives them
//   Result<std::shared_ptr<Scheduled>> model = schedule(parts, {workers, clock, &service});
//   metrics.add(*model);                          // metrics.h: until it is gone
//
// Lifetime: whoever starts a call holds the model until finished(); nothing else is needed, so a version that
// was replaced ends with its last call. stop() is for those that must not be waited for.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/inference/model.h"
#include "core/inference/service/service.h"
#include "core/monitoring/metrics.h"
#include "services/serving/scheduler/settings.h"
#include "services/serving/scheduler/workers.h"

namespace oree::serving {

class ResponseCache;
class RateLimits;

struct ScheduledParts {
  inference::Description description;
  std::string config_json;
  SchedulerSettings settings;
  // At least one, but none for an ensemble; instances take turns. Inputs of the network that the description
  // does not name are the scheduler's: controls and states of sequences.
  std::vector<std::shared_ptr<const inference::Model>> models;
  double load_seconds = 0;
  uint64_t memory_bytes = 0;
  std::map<std::string, ByteBuffer> initial_states;  // by InitialState::name, those that come from files
};

// How many calls may wait where a model's configuration does not say.
struct QueueBound {
  // A call that would wait longer is refused, unless fewer than `always` wait.
  std::chrono::nanoseconds longest = std::chrono::seconds(1);
  size_t always = 64;
};

// What models share. All of it outlives them.
struct Surroundings {
  Workers& workers;
  const Clock& clock;
  inference::Service* service = nullptr;  // where ensembles find their steps
  ResponseCache* cache = nullptr;         // null: response_cache is off
  RateLimits* rates = nullptr;            // null: resources are not counted
  QueueBound bound = {};
};

// How long calls took; the sums of statistics() as distributions.
struct Latencies {
  monitoring::Histogram request, queue, input, infer, output;
};

class Scheduled : public inference::Served {
 public:
  // Refuses what waits and what comes from now on (`unavailable`); runs that go on finish.
  virtual void stop() = 0;
  const Latencies& latencies() const { return latencies_; }

 protected:
  void record_latencies(const inference::CallTimes& times);
  void fill_latencies(inference::ModelStatistics& statistics) const;  // p50_us, p95_us, p99_us

 private:
  Latencies latencies_;
};

// By the configuration: an ensemble, a model of sequences, or one whose calls have nothing to do with each
// other. Warms it up: when it returns the first caller waits for nothing. `invalid` when configuration and
// network do not fit; what the network says when it does not run.
Result<std::shared_ptr<Scheduled>> schedule(ScheduledParts parts, const Surroundings& surroundings);

}  // namespace oree::serving
