#include "services/serving/scheduler/settings.h"

#include <algorithm>
#include <thread>

namespace oree::serving {

SchedulerSettings scheduler_settings(const modelconfig::ModelConfig& config) {
  SchedulerSettings settings;
  int instances = 0;
  for (const modelconfig::InstanceGroup& group : config.instance_group) {
    if (group.passive) continue;
    instances += group.count > 0 ? group.count : 1;
    if (!group.rate_limiter) continue;
    settings.resources = group.rate_limiter->resources;
    settings.run_priority = group.rate_limiter->priority;
  }
  settings.instances = instances > 0 ? instances : 1;
  settings.batching = config.dynamic_batching;
  settings.sequences = config.sequence_batching;
  settings.ensemble = config.ensemble_scheduling;
  settings.response_cache = config.response_cache.value_or(false);
  return settings;
}

int processors() {
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void run_on_all_processors(SchedulerSettings& settings) {
  settings.instances = processors();
  settings.elastic = true;
}

}  // namespace oree::serving
