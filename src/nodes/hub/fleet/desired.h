// The desired state of a station as it is told (docs/formats/fleet.md), and what it is made of.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "nodes/hub/registry/packages.h"
#include "nodes/hub/store/devices.h"

namespace oree::hub {

// How stations are to take a package: of its roll-out. JSON members, or null.
struct Manner {
  json::Value shadow, deadlines, watch;
};

// Packages and manners by name, read once. Thread-safe.
class PackageCache {
 public:
  explicit PackageCache(Packages& packages) : packages_(packages) {}
  std::shared_ptr<const Package> find(const std::string& digest);  // nullptr when there is none
  void set_manner(const std::string& rollout, Manner manner);
  Manner manner_of(const std::string& rollout) const;

 private:
  Packages& packages_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Package>> known_;
  std::map<std::string, Manner> manners_;
};

struct DesiredInput {
  uint64_t revision = 0;
  const Assignments& assignments;
  const std::vector<std::string>& bad;
  milliseconds report_every;
  std::string access;
  int64_t access_for_s = 0;
  int64_t now = 0;
};
json::Value desired_json(const DesiredInput& input, PackageCache& packages);

}  // namespace oree::hub
