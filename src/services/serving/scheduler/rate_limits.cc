#include "services/serving/scheduler/rate_limits.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace oree::serving {

using modelconfig::Resource;

RateLimits::~RateLimits() {
  std::unique_lock lock(mutex_);
  unclaimed_.wait(lock, [&] { return models_ == 0; });
}

uint64_t RateLimits::amount_of(const std::string& name) const {
  if (const auto at = given_.find(name); at != given_.end()) return at->second;
  const auto claims = claims_.find(name);
  return claims == claims_.end() || claims->second.empty() ? 0 : std::ranges::max(claims->second);
}

Status RateLimits::claim(Resources resources) {
  const std::lock_guard lock(mutex_);
  for (const Resource& resource : resources) {
    const auto at = given_.find(resource.name);
    if (at == given_.end() || resource.count <= at->second) continue;
    return fail(ErrorKind::invalid, cat("a run takes ", resource.count, " of resource '", resource.name,
                                        "', of which there are ", at->second));
  }
  for (const Resource& resource : resources) claims_[resource.name].push_back(resource.count);
  ++models_;
  return {};
}

void RateLimits::unclaim(Resources resources) {
  const std::lock_guard lock(mutex_);
  for (const Resource& resource : resources) {
    std::vector<uint32_t>& claims = claims_[resource.name];
    if (const auto at = std::ranges::find(claims, resource.count); at != claims.end()) claims.erase(at);
  }
  --models_;
  unclaimed_.notify_all();
}

bool RateLimits::take(Resources resources, const std::shared_ptr<Job>& job, uint32_t priority) {
  const std::lock_guard lock(mutex_);
  const auto enough = [&](const Resource& resource) {
    return taken_[resource.name] + resource.count <= amount_of(resource.name);
  };
  if (std::ranges::all_of(resources, enough)) {
    for (const Resource& resource : resources) taken_[resource.name] += resource.count;
    return true;
  }
  if (job) waiting_.push_back({priority, ++numbers_, job});
  return false;
}

// All that wait look again, the most important one first: which of them now has enough only take() knows.
void RateLimits::give(Resources resources) {
  const std::lock_guard lock(mutex_);
  for (const Resource& resource : resources) taken_[resource.name] -= resource.count;
  std::ranges::sort(waiting_, {},
                    [](const Waiter& waiter) { return std::tuple(waiter.priority, waiter.number); });
  for (const Waiter& waiter : waiting_) {
    if (std::shared_ptr<Job> job = waiter.job.lock()) workers_.post(std::move(job));
  }
  waiting_.clear();
}

}  // namespace oree::serving
