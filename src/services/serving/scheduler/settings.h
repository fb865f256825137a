// How calls of one version wait and run: the part of a model's configuration that the scheduler reads.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "core/modelconfig/model_config.h"

namespace oree::serving {

struct SchedulerSettings {
  int instances = 1;  // runs at once; at least 1
  // Nobody said how many: beyond the first only while fewer than `instances` runs of any model go on.
  bool elastic = false;
  // That a run may take when it is alone and that is quicker (threads/width.h); 0: as the network was loaded.
  int most_threads = 0;
  std::optional<modelconfig::DynamicBatching> batching;
  std::optional<modelconfig::SequenceBatching> sequences;
  std::optional<modelconfig::Ensembling> ensemble;
  bool response_cache = false;
  std::vector<modelconfig::Resource> resources;   // that each run takes, see rate_limits.h
  uint32_t run_priority = 0;                      // of its runs when resources are short; 0 is the highest
  std::chrono::nanoseconds quick_below{300'000};  // a run that takes less is done on the caller's thread
};

// Triton's defaults: one instance where the configuration does not say.
SchedulerSettings scheduler_settings(const modelconfig::ModelConfig& config);
// For a model whose configuration does not say, and whose network several may run at once: elastic, up to one
// run for each of the machine's processors.
void run_on_all_processors(SchedulerSettings& settings);
int processors();  // of this machine, for this process

}  // namespace oree::serving
