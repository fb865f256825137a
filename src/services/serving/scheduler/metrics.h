// The metrics of loaded models: Triton's names, so that its dashboards keep working, and latencies as
// histograms under ours. One table (metrics.cc) owns all of them. Written from the exact statistics whenever
// somebody looks, so that counting costs nothing extra and a model that is gone leaves no trace.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "core/monitoring/host.h"
#include "core/monitoring/metrics.h"
#include "services/serving/scheduler/response_cache.h"
#include "services/serving/scheduler/scheduled.h"

namespace oree::serving {

// Thread-safe. `registry` and `cache` (which may be null) outlive it.
class ModelMetrics {
 public:
  ModelMetrics(monitoring::Registry& registry, const ResponseCache* cache);
  // Shown from now on while it lives. `tags`: config's metric_tags, as labels of their own ("_key").
  void add(const std::shared_ptr<Scheduled>& model, const std::map<std::string, std::string>& tags = {});

 private:
  struct Shown {
    std::weak_ptr<Scheduled> model;
    monitoring::Labels labels;
  };
  void write(monitoring::Exposition& out);
  double utilization(const monitoring::HostUsage& host);
  void write_model(monitoring::Exposition& out, const Scheduled& model,
                   const monitoring::Labels& labels) const;

  const ResponseCache* cache_;
  std::mutex mutex_;
  std::vector<Shown> shown_;
  monitoring::HostUsage looked_;
  double utilization_ = 0;
  std::shared_ptr<void> source_;  // last: it goes before what it reads
};

}  // namespace oree::serving
