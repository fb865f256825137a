#include "nodes/edge/settings/vio_file.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "nodes/edge/settings/plan_fields.h"

namespace oree::edge {
namespace {

using inspection::CameraKind;
using inspection::CameraPlan;
using inspection::ItemRuleKind;
using inspection::Plan;
using inspection::StepPlan;
using inspection::StepRule;
using json::Object;
using json::Value;

std::string text_at(const Value& map, std::string_view key, std::string_view fallback = "") {
  const Value* value = map.find(key);
  if (value == nullptr) return std::string(fallback);
  if (const auto* text = value->text()) return *text;
  if (const auto integer = value->integer()) return cat(*integer);
  return std::string(fallback);
}

double number_at(const Value& map, std::string_view key, double fallback) {
  const Value* value = map.find(key);
  return value != nullptr && value->number() ? *value->number() : fallback;
}

const Object* object_at(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  return value != nullptr ? value->object() : nullptr;
}

CameraPlan camera_of(const std::string& name, const Value& config, const std::string& folder) {
  CameraPlan plan{.name = name, .deadline = milliseconds(5000)};
  const std::string type = text_at(config, "camera_type", text_at(config, "type"));
  std::string source =
      text_at(config, "source_directory", text_at(config, "input_images_folder", text_at(config, "source")));
  if (type == "fake" && !source.empty()) {
    plan.kind = CameraKind::folder;
    plan.path = std::filesystem::path(source).is_absolute() ? source : cat(folder, "/", source);
    if (!std::filesystem::is_directory(plan.path)) {
      plan.kind = CameraKind::absent;
      plan.why_absent = cat("camera '", name, "': the folder '", plan.path, "' does not exist");
    }
  } else if (type == "http") {
    plan.kind = CameraKind::vio_capture;
    plan.url = text_at(config, "service_url", "http://localhost:8001");
    plan.camera_id = text_at(config, "camera_id", name);
  } else if (type == "pushed") {
    plan.kind = CameraKind::pushed;
  } else {
    plan.kind = CameraKind::absent;
    plan.why_absent = cat("camera '", name, "' is of type '", type, "', which this station cannot open");
  }
  return plan;
}

Result<std::optional<StepRule>> rule_of(const Value& step, const std::string& where) {
  const Value* config = step.find("camera_rule_config");
  if (config == nullptr || config->is_null()) return std::nullopt;
  const std::string type = text_at(*config, "camera_rule_type");
  for (const auto& row : inspection::step_rules()) {
    if (row.vio_name.empty() || row.vio_name != type) continue;
    StepRule rule{.kind = row.kind};
    rule.label = text_at(*config, "expected_class",
                         text_at(*config, "unexpected_class", text_at(*config, "class_to_detect")));
    rule.threshold = number_at(*config, "threshold", 0);
    if (rule.label.empty()) return fail(ErrorKind::invalid, cat(where, ": the rule names no class"));
    if (row.has_threshold && rule.threshold <= 0) {
      return fail(ErrorKind::invalid, cat(where, ".threshold: must be greater than 0"));
    }
    return rule;
  }
  std::vector<std::string> names;
  for (const auto& row : inspection::step_rules()) {
    if (!row.vio_name.empty()) names.emplace_back(row.vio_name);
  }
  return fail(ErrorKind::invalid, cat(where, ".camera_rule_type: '", type, "' is not one of ",
                                      join(names, ", "), did_you_mean(type, names)));
}

Status add_step(Plan& plan, const std::string& name, const std::string& camera, const Value& config) {
  const Value* forwarder = config.find("model_forwarder_config");
  if (forwarder == nullptr || forwarder->is_null()) return {};  // collects pictures only
  StepPlan step{.name = name, .camera = camera};
  step.model = text_at(*forwarder, "model_name");
  step.version = text_at(*forwarder, "model_version");
  if (step.model.empty()) {
    return fail(ErrorKind::invalid, cat(name, ".model_forwarder_config.model_name: must be given"));
  }
  const auto known = std::ranges::find(plan.cameras, camera, &CameraPlan::name);
  if (known == plan.cameras.end()) {
    return fail(ErrorKind::invalid, cat(name, ".camera_id: there is no camera '", camera, "'"));
  }
  auto rule = rule_of(config, cat(name, ".camera_rule_config"));
  if (!rule) return forward(rule);
  step.rule = std::move(*rule);
  plan.steps.push_back(std::move(step));
  return {};
}

// 2024: the first model of the graph that nothing else depends on decides; the rule names what it must see.
Status add_old_steps(Plan& plan, const std::string& camera, const Value& config) {
  const Object* graph = object_at(config, "models_graph");
  if (graph == nullptr || graph->empty()) return {};
  StepPlan step{.name = camera, .camera = camera, .model = text_at(graph->back().second, "name")};
  const Value* rule = config.find("camera_rule");
  const Value* parameters = rule != nullptr ? rule->find("parameters") : nullptr;
  if (parameters != nullptr) {
    const std::string name = text_at(*rule, "name");
    for (const auto& row : inspection::step_rules()) {
      if (row.vio_name.empty() || row.vio_name != name) continue;
      const std::string_view key = row.name == "expected_label"     ? "expected_label"
                                   : row.name == "unexpected_label" ? "unexpected_label"
                                                                    : "class_to_detect";
      const Value* label = parameters->find(key);
      if (label != nullptr && label->array() != nullptr && !label->array()->empty())
        label = &label->array()->front();
      step.rule = StepRule{
          row.kind, label != nullptr && label->text() != nullptr ? *label->text() : "",
          number_at(*parameters, "min_threshold",
                    number_at(*parameters, "max_threshold", number_at(*parameters, "threshold", 0)))};
    }
  }
  plan.steps.push_back(std::move(step));
  return {};
}

Status read_item_rule(Plan& plan, const Value& config) {
  const Value* rule = config.find("item_rule_config");
  std::string type;
  if (rule != nullptr && !rule->is_null()) {
    type = text_at(*rule, "item_rule_type");
    plan.item_rule.threshold = number_at(*rule, "threshold", 1);
    plan.item_rule.expected = inspection::parse_decision(text_at(*rule, "expected_decision", "OK"))
                                  .value_or(inspection::Decision::ok);
  } else if (rule = config.find("item_rule"); rule != nullptr) {
    type = text_at(*rule, "name");
    const Value* parameters = rule->find("parameters");
    if (parameters != nullptr) plan.item_rule.threshold = number_at(*parameters, "threshold", 1);
  } else {
    return {};
  }
  if (type == "min_threshold_ratio_rule" || type == "threshold_ratio_rule") {
    plan.item_rule.kind = ItemRuleKind::min_threshold_ratio;
  } else if (type == "min_threshold_rule") {
    plan.item_rule.kind = ItemRuleKind::min_threshold;
  } else if (type == "min_threshold_ko_rule") {
    // `threshold` KO make the part KO; so it is OK with at least steps - threshold + 1 that are not.
    plan.item_rule.kind = ItemRuleKind::min_threshold;
    plan.item_rule.threshold = static_cast<double>(plan.steps.size()) - plan.item_rule.threshold + 1;
  } else {
    return fail(ErrorKind::invalid, cat("item_rule_config.item_rule_type: '", type,
                                        "' is not one of min_threshold_rule, min_threshold_ratio_rule"));
  }
  return {};
}

Status read_new(Plan& plan, const Value& config, const Object& cameras, const std::string& folder) {
  for (const auto& [name, camera] : cameras) plan.cameras.push_back(camera_of(name, camera, folder));
  if (const Object* steps = object_at(config, "pipeline_steps")) {
    for (const auto& [name, step] : *steps) {
      if (auto status = add_step(plan, name, text_at(step, "camera_id"), step); !status) return status;
    }
    return {};
  }
  for (const auto& [name, camera] : cameras) {
    if (auto status = add_step(plan, name, name, camera); !status) return status;
  }
  return {};
}

Status read_old(Plan& plan, const Object& cameras, const std::string& folder) {
  for (const auto& [name, camera] : cameras) plan.cameras.push_back(camera_of(name, camera, folder));
  for (const auto& [name, camera] : cameras) {
    if (auto status = add_old_steps(plan, name, camera); !status) return status;
  }
  return {};
}

}  // namespace

Result<Plan> plan_from_vio(const Value& config, const std::string& folder) {
  if (config.object() == nullptr)
    return fail(ErrorKind::invalid, "a station configuration must be a JSON object");
  Plan plan;
  plan.station = text_at(config, "station_name", text_at(config, "name"));
  if (!is_plain_name(plan.station)) {
    return fail(ErrorKind::invalid,
                cat("station_name: '", plan.station, "' must be 1 to 64 letters, digits, '_', '-' or '.'"));
  }
  Status status;
  if (const Object* cameras = object_at(config, "camera_configs")) {
    status = read_new(plan, config, *cameras, folder);
  } else if (const Object* old = object_at(config, "cameras")) {
    status = read_old(plan, *old, folder);
  } else {
    status = fail(ErrorKind::invalid, "camera_configs: must be given");
  }
  if (!status) return forward(status);
  if (status = read_item_rule(plan, config); !status) return forward(status);
  return plan;
}

}  // namespace oree::edge
