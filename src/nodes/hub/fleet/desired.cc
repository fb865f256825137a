#include "nodes/hub/fleet/desired.h"

#include <algorithm>

#include "base/text.h"

namespace oree::hub {

std::shared_ptr<const Package> PackageCache::find(const std::string& digest) {
  {
    const std::lock_guard lock(mutex_);
    const auto at = known_.find(digest);
    if (at != known_.end()) return at->second;
  }
  auto package = packages_.find(digest);
  if (!package) return nullptr;
  auto kept = std::make_shared<const Package>(*std::move(package));
  const std::lock_guard lock(mutex_);
  known_[digest] = kept;
  return kept;
}

void PackageCache::set_manner(const std::string& rollout, Manner manner) {
  const std::lock_guard lock(mutex_);
  manners_[rollout] = std::move(manner);
}

Manner PackageCache::manner_of(const std::string& rollout) const {
  const std::lock_guard lock(mutex_);
  const auto at = manners_.find(rollout);
  return at == manners_.end() ? Manner{} : at->second;
}

namespace {

json::Value package_json(const Package& package, const Assignment& assignment, const Manner& manner) {
  json::Array hardware;
  for (const auto& one : package.index.hardware) hardware.emplace_back(one);
  return json::Object{{"name", package.index.name},
                      {"version", package.index.version},
                      {"package", package.digest},
                      {"target", package.target()},
                      {"bytes", package.document.size()},
                      {"release", package.index.release},
                      {"hardware", std::move(hardware)},
                      {"rollout", assignment.rollout},
                      {"shadow", manner.shadow},
                      {"deadlines_s", manner.deadlines},
                      {"watch", manner.watch}};
}

}  // namespace

json::Value desired_json(const DesiredInput& input, PackageCache& packages) {
  json::Array models, bad;
  json::Value configuration, deployment;
  for (const auto& [unit, assignment] : input.assignments) {
    const auto package = packages.find(assignment.package);
    const bool is_bad = std::ranges::find(input.bad, assignment.package) != input.bad.end();
    if (!package || is_bad) continue;
    auto wanted = package_json(*package, assignment, packages.manner_of(assignment.rollout));
    if (package->is_model()) {
      models.push_back(std::move(wanted));
    } else {
      (unit == kConfigurationUnit ? configuration : deployment) = std::move(wanted);
    }
  }
  for (const auto& one : input.bad) bad.emplace_back(one);
  const auto every = std::chrono::ceil<std::chrono::seconds>(input.report_every).count();
  return json::Object{{"revision", input.revision},
                      {"models", std::move(models)},
                      {"bad", std::move(bad)},
                      {"configuration", std::move(configuration)},
                      {"deployment", std::move(deployment)},
                      {"report_every_s", every},
                      {"access", json::Object{{"token", input.access}, {"for_s", input.access_for_s}}},
                      {"time", input.now}};
}

}  // namespace oree::hub
