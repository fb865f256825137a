// VIO's station configurations (Visual Inspection Orchestrator): three generations in, one out.
//
//   2026  camera_configs + pipeline_steps + item_rule_config
//   2025  camera_configs, each with its model_forwarder_config and camera_rule_config
//   2024  cameras, each with models_graph and camera_rule; item_rule
// A camera whose type is not spoken here keeps its place and says so in every item. Numbers and names are
// VIO's.
#pragma once

#include <string>

#include "base/result.h"
#include "platform/json/value.h"
#include "services/inspection/plan.h"

namespace oree::edge {

// `invalid` names the key. `folder` resolves relative source directories.
Result<inspection::Plan> plan_from_vio(const json::Value& config, const std::string& folder);
// Any plan in the 2026 form.
json::Value vio_from_plan(const inspection::Plan& plan);
// What VIO stores with each item: camera → its configuration, as written.
json::Value cameras_metadata(const json::Value& vio_config);

}  // namespace oree::edge
