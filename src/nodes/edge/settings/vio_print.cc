#include "base/text.h"
#include "nodes/edge/settings/vio_file.h"

namespace oree::edge {
namespace {

using inspection::CameraKind;
using inspection::CameraPlan;
using json::Object;
using json::Value;

std::string_view vio_type(CameraKind kind) {
  switch (kind) {
    case CameraKind::folder:
      return "fake";
    case CameraKind::snapshot:
      return "snapshot";
    case CameraKind::vio_capture:
      return "http";
    case CameraKind::pushed:
      return "pushed";
    case CameraKind::absent:
      break;
  }
  return "absent";
}

Value camera_json(const CameraPlan& camera) {
  Object out{{"camera_id", camera.name}, {"camera_type", vio_type(camera.kind)}, {"position", "front"}};
  if (!camera.path.empty()) out.emplace_back("source_directory", camera.path);
  if (!camera.url.empty()) out.emplace_back("service_url", camera.url);
  return out;
}

Value rule_json(const inspection::StepRule& rule) {
  const auto& row = inspection::facts(rule.kind);
  const std::string type = row.vio_name.empty() ? cat(row.name, "_rule") : std::string(row.vio_name);
  const std::string_view key = rule.kind == inspection::StepRuleKind::expected_label     ? "expected_class"
                               : rule.kind == inspection::StepRuleKind::unexpected_label ? "unexpected_class"
                                                                                         : "class_to_detect";
  Object out{{"camera_rule_type", type}, {std::string(key), rule.label}};
  if (row.has_threshold) out.emplace_back("threshold", rule.threshold);
  return out;
}

}  // namespace

Value vio_from_plan(const inspection::Plan& plan) {
  Object cameras, steps;
  for (const auto& camera : plan.cameras) cameras.emplace_back(camera.name, camera_json(camera));
  for (const auto& step : plan.steps) {
    Object forwarder{{"model_name", step.model}};
    if (!step.version.empty()) forwarder.emplace_back("model_version", step.version);
    Object out{{"camera_id", step.camera}, {"model_forwarder_config", std::move(forwarder)}};
    if (step.rule) out.emplace_back("camera_rule_config", rule_json(*step.rule));
    steps.emplace_back(step.name, std::move(out));
  }
  const Object storage{{"storage_type", "filesystem"}, {"target_directory", "data_storage"}};
  return Object{
      {"station_name", plan.station},
      {"camera_configs", std::move(cameras)},
      {"pipeline_steps", std::move(steps)},
      {"binary_storage_config", storage},
      {"metadata_storage_config", storage},
      {"item_rule_config", Object{{"item_rule_type", cat(item_rule_name(plan.item_rule.kind), "_rule")},
                                  {"expected_decision", decision_name(plan.item_rule.expected)},
                                  {"threshold", plan.item_rule.threshold}}}};
}

Value cameras_metadata(const Value& vio_config) {
  const Value* cameras = vio_config.find("camera_configs");
  if (cameras == nullptr) cameras = vio_config.find("cameras");
  return cameras != nullptr ? *cameras : Value(Object{});
}

}  // namespace oree::edge
