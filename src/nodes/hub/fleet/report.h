// What a station says in a sync, read with limits. Pure. `invalid` names the member.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "nodes/hub/registry/packages.h"
#include "platform/json/value.h"
#include "services/rollouts/state.h"

namespace oree::hub {

struct Slot {
  std::string version, package;  // "" when there is none
};

// Of a model, of the configuration or of the deployment.
struct ModelReport {
  std::string name;  // its unit's: kConfigurationUnit, kDeploymentUnit
  rollouts::StationState state = rollouts::StationState::pending;
  std::string rollout, package;  // that `state` is about
  std::string error_code, error;
  int64_t bytes = 0, of = 0;
  Slot current, last_good, next;
  std::vector<std::string> bad;
};

// What runs beside the station.
struct ModuleReport {
  std::string name, image, status;  // as docs/formats/deployment.md
  int64_t restarts = 0;
};

struct Report {
  std::string instance;  // 32 hex digits
  uint64_t revision = 0;
  std::string hardware, software;
  std::vector<ModelReport> models;
  std::vector<ModuleReport> modules;
  std::vector<std::string> attacks;  // "rollback: …"

  const ModelReport* find(std::string_view model) const;
};

Result<Report> parse_report(std::string_view body);

}  // namespace oree::hub
