// Resources that runs take and give back, so that models which would hinder each other take turns: config's
// instance_group { rate_limiter { resources [ { name: "R1" count: 4 } ] priority: 2 } }. Thread-safe.
//
// There is as much of a resource as the node says, or else as much as the greediest loaded model takes at
// once. Who must wait is told by a job, those of the smallest priority number first, then in order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "core/modelconfig/placement.h"
#include "services/serving/scheduler/workers.h"

namespace oree::serving {

class RateLimits {
 public:
  using Resources = std::span<const modelconfig::Resource>;
  RateLimits(Workers& workers, std::map<std::string, uint32_t> amounts = {})
      : workers_(workers), given_(std::move(amounts)) {}
  // Waits for the models that claimed: a worker may still be at the end of a run whose call was answered.
  ~RateLimits();

  // A model that takes this for each run is loaded. `invalid` when it is more than the node says there is.
  Status claim(Resources resources);
  void unclaim(Resources resources);
  // Takes all of it and says so, or nothing; then `job` (which may be null: no waiting) is run once there may
  // be enough.
  bool take(Resources resources, const std::shared_ptr<Job>& job, uint32_t priority);
  void give(Resources resources);

 private:
  struct Waiter {
    uint32_t priority;
    uint64_t number;
    std::weak_ptr<Job> job;
  };
  uint64_t amount_of(const std::string& name) const;

  Workers& workers_;
  const std::map<std::string, uint32_t> given_;
  std::mutex mutex_;
  std::condition_variable unclaimed_;
  size_t models_ = 0;
  std::map<std::string, std::vector<uint32_t>> claims_;
  std::map<std::string, uint64_t> taken_;
  std::vector<Waiter> waiting_;
  uint64_t numbers_ = 0;
};

}  // namespace oree::serving
