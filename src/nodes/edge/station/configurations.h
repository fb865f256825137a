// The configurations a station knows, and the one at work.
//
// Each is kept in VIO's 2026 form (or as it was given) as configs/<name>.json under the data folder; the name
// of the one at work is in configs/active, so that a restart goes on with it. Activating builds a new
// inspector and swaps it in; parts in hand finish on the old one. What a hub brings is kept elsewhere
// (services/deployment) and not remembered here: without it the station goes on with its own. Thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "platform/files/files.h"
#include "platform/json/value.h"
#include "services/inspection/inspector.h"

namespace oree::edge {

struct Configuration {
  std::string name;
  json::Value json;  // what clients see
  inspection::Plan plan;
  std::string fleet_label;  // "line 3" of one that a hub brought; "" of the station's own
};

struct ActiveConfiguration {
  std::shared_ptr<const Configuration> configuration;
  std::shared_ptr<inspection::Inspector> inspector;
};

class Configurations {
 public:
  Configurations(std::filesystem::path folder, files::Disk& disk, Log& log, inspection::InspectorWorld world);

  // Reads the folder; a file that is wrong is logged and left out.
  Status load();
  // From the station file; not written to the folder.
  void add(inspection::Plan plan);
  // The name remembered from last time, or "".
  std::string remembered() const;

  std::map<std::string, std::shared_ptr<const Configuration>> all() const;
  ActiveConfiguration active() const;  // both null when there is none

  // `not_found` names those there are.
  Result<ActiveConfiguration> activate(const std::string& name);
  // Checks, saves and activates a configuration that a client sends.
  Result<ActiveConfiguration> activate(const json::Value& config);
  // The one that was at work last among the station's own; at first the station file's.
  Result<ActiveConfiguration> activate_own();
  Result<ActiveConfiguration> activate_fleet(inspection::Plan plan, std::string label);

 private:
  Result<ActiveConfiguration> start(std::shared_ptr<const Configuration> configuration);

  std::filesystem::path folder_;
  files::Disk& disk_;
  Log& log_;
  inspection::InspectorWorld world_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Configuration>> known_;
  std::string own_;  // the station file's
  ActiveConfiguration active_;
};

}  // namespace oree::edge
